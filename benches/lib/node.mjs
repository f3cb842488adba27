// The benchmark in Node.

import { execFileSync } from "node:child_process";
import { measure, roofline, settings, spread, start } from "./engine.mjs";

const starter = `
  import { start } from ${JSON.stringify(new URL("engine.mjs", import.meta.url).href)};
  console.log((await start(${JSON.stringify(import.meta.resolve("quartic-snn"))})).milliseconds);
`;

/** How long it takes to import the package and load the module, in new processes. */
function startUp() {
  const args = ["--input-type=module", "--eval", starter];
  return spread(Array.from({ length: settings.passes }, () => Number(execFileSync(process.execPath, args))));
}

/** The results for every model. */
export async function inNode({ models, images, calibration, loop }) {
  const { quartic } = await start("quartic-snn");
  const results = models.map(({ model, bytes }) => ({ model, ...measure(quartic, { bytes, images, calibration }) }));
  return {
    runtime: "node",
    version: process.versions.node,
    startUp: startUp(),
    results,
    roofline: await roofline(loop),
  };
}
