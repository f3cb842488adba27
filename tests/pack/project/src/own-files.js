// The entry for bundlers that leave `new URL("x", import.meta.url)` alone: the files are served by hand, and named.

import { load } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { answer, tell } from "./program.js";

const wasm = new URL("./quartic_snn_bg.wasm", import.meta.url);
const worker = () => new Worker(new URL("./worker-thread.js", import.meta.url), { type: "module" });

tell(load({ wasm }).then(answer), loadWorker({ wasm, worker }).then(answer));
