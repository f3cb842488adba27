// The entry where nothing but the script itself can be served, as esbuild and Rollup make it.

import { load } from "quartic-snn/inline";
import { answer, tell } from "./program.js";

tell(load().then(answer));
