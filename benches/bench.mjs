// `npm run bench [-- --json] [--runtime node|chromium|native] [--model NAME]`: how fast the engine is, in WebAssembly and
// natively, on the trained networks of this repo and real digits.

import { parseArgs } from "node:util";
import { calibrationDigits, modelNames, readModelFile, testDigits } from "../examples/evaluate/data.mjs";
import { inChromium } from "./lib/chromium.mjs";
import { settings } from "./lib/engine.mjs";
import { inNative, rooflineModule } from "./lib/native.mjs";
import { inNode } from "./lib/node.mjs";
import { tables } from "./lib/tables.mjs";

const say = (line) => process.stderr.write(`${line}\n`);
const runtimes = { node: inNode, chromium: inChromium, native: inNative };
/** Networks that say little new about speed are measured only when they are named. */
const measured = ["mnist-mlp", "mnist-mlp-small", "mnist-cnn"];

function options() {
  try {
    const string = { type: "string" };
    const { values } = parseArgs({ options: { json: { type: "boolean" }, runtime: string, model: string } });
    const oneOf = (name, allowed) => {
      if (values[name] === undefined || allowed.includes(values[name])) return;
      throw new Error(`--${name} is one of ${allowed.join(", ")}, not ${values[name]}`);
    };
    oneOf("runtime", Object.keys(runtimes));
    oneOf("model", modelNames());
    return values;
  } catch (error) {
    say(error.message);
    process.exit(2);
  }
}

/** One list per kind of figure; every row names its runtime and its model. */
function gathered(outcomes) {
  const rows = (kind) =>
    outcomes.flatMap(({ runtime, results }) =>
      results.flatMap(({ model, [kind]: list = [] }) =>
        list.map(({ method, ...row }) => ({ model, method, runtime, ...row })),
      ),
    );
  return {
    settings,
    networks: rows("networks"),
    digits: rows("digits"),
    conversions: rows("conversions"),
    startUp: outcomes.flatMap(({ runtime, version, startUp }) =>
      startUp ? [{ runtime, version, milliseconds: startUp }] : [],
    ),
    // A plain loop that adds cached rows, in the same run; in Node where nothing else is said.
    roofline: {
      addsPerSecond: outcomes[0]?.roofline,
      byRuntime: Object.fromEntries(outcomes.map(({ runtime, roofline }) => [runtime, roofline])),
    },
  };
}

const { json, runtime, model: only } = options();
const data = {
  models: (only ? [only] : measured).map((model) => ({ model, bytes: readModelFile(model) })),
  images: testDigits(settings.images).images,
  calibration: calibrationDigits(),
  loop: rooflineModule(),
};
const outcomes = [];
for (const [name, inRuntime] of Object.entries(runtimes)) {
  if (runtime !== undefined && runtime !== name) continue;
  say(`Measuring (${name}), about a minute ...`);
  outcomes.push(await inRuntime(data, say));
}
const result = gathered(outcomes.filter(Boolean));
console.log(json ? JSON.stringify(result, null, 2) : tables(result));
