// The script of a worker; see worker.ts for the other end.

import { ownPort } from "./worker/platform.js";
import { serve } from "./worker/service.js";

serve(ownPort());
