// `npm run bench [-- --json] [--runtime node|chromium]`: how fast the engine is in WebAssembly, on the trained networks
// of this repo and real digits.

import { parseArgs } from "node:util";
import { calibrationDigits, modelNames, readModelFile, testDigits } from "../examples/evaluate/data.mjs";
import { inChromium } from "./lib/chromium.mjs";
import { settings } from "./lib/engine.mjs";
import { inNode } from "./lib/node.mjs";
import { tables } from "./lib/tables.mjs";

const say = (line) => process.stderr.write(`${line}\n`);
const runtimes = { node: inNode, chromium: inChromium };

function options() {
  try {
    const { values } = parseArgs({ options: { json: { type: "boolean" }, runtime: { type: "string" } } });
    if (values.runtime === undefined || values.runtime in runtimes) return values;
    throw new Error(`--runtime is one of ${Object.keys(runtimes).join(", ")}, not ${values.runtime}`);
  } catch (error) {
    say(error.message);
    process.exit(2);
  }
}

/** One list per kind of figure; every row names its runtime and its model. */
function gathered(outcomes) {
  const rows = (kind) =>
    outcomes.flatMap(({ runtime, results }) =>
      results.flatMap(({ model, [kind]: list }) =>
        list.map(({ method, ...row }) => ({ model, method, runtime, ...row })),
      ),
    );
  return {
    settings,
    networks: rows("networks"),
    digits: rows("digits"),
    conversions: rows("conversions"),
    startUp: outcomes.map(({ runtime, version, startUp }) => ({ runtime, version, milliseconds: startUp })),
  };
}

const { json, runtime } = options();
const data = {
  models: modelNames().map((model) => ({ model, bytes: readModelFile(model) })),
  images: testDigits(settings.images).images,
  calibration: calibrationDigits(),
};
const outcomes = [];
for (const [name, measured] of Object.entries(runtimes)) {
  if (runtime !== undefined && runtime !== name) continue;
  say(`Measuring in ${name}, about 10 s ...`);
  outcomes.push(await measured(data, say));
}
const result = gathered(outcomes.filter(Boolean));
console.log(json ? JSON.stringify(result, null, 2) : tables(result));
