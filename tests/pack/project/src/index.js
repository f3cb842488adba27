// The entry for Node, Vite, webpack and a plain page alike: no option, no plugin, no configuration.

import { load } from "quartic-snn";
import { answer } from "./program.js";

console.log(answer(await load()));
