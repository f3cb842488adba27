// The script of a worker; see worker.ts for the other end.

import { ownPort } from "./worker/port.js";
import { serve } from "./worker/service.js";

serve(ownPort());
