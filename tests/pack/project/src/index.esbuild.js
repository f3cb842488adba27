// The entry for esbuild, which leaves `new URL("x.wasm", import.meta.url)` alone: with its loader `file` for .wasm, the
// import below copies the module next to the bundle and is its name there.

import { load } from "quartic-snn";
import wasm from "quartic-snn/quartic_snn_bg.wasm";
import { answer } from "./program.js";

console.log(answer(await load({ wasm: new URL(wasm, import.meta.url) })));
