// The entry for Node, Deno, Bun, most bundlers and a plain page alike: no option, no plugin, no configuration.

import { load } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { answer, tell } from "./program.js";

async function inWorker() {
  const quartic = await loadWorker();
  try {
    return await answer(quartic);
  } finally {
    quartic.close();
  }
}

tell(load().then(answer), inWorker());
