// `node examples/your-own-comparison/node.mjs [MODEL] [STEPS] [IMAGES]`, after `npm run build`.

import { load } from "quartic-snn/worker";
import { loadData, modelNames, readModelFile, TEST_DIGITS } from "../evaluate/data.mjs";
import { row } from "./row.mjs";

const [model = "mnist-mlp", steps = "100", images = "2000"] = process.argv.slice(2);
if (!modelNames().includes(model) || !(Number(steps) >= 1) || !(Number(images) >= 1 && Number(images) <= TEST_DIGITS)) {
  console.error(
    `usage: node.mjs [MODEL] [STEPS] [IMAGES], MODEL one of ${modelNames().join(", ")}, up to ${TEST_DIGITS} IMAGES`,
  );
  process.exit(1);
}
const data = loadData(model);
const quartic = await load();
const lines = await row(quartic, {
  model: readModelFile(model),
  calibration: data.calibration(),
  test: data.test(Number(images)),
  steps: Number(steps),
  seed: 1,
});
quartic.close();
console.log(lines.join("\n"));
