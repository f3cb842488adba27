// `node examples/your-own-comparison/node.mjs [MODEL] [STEPS] [IMAGES]`, after `npm run build`.

import { load } from "quartic-snn/worker";
import { loadData, readModelFile } from "../evaluate/data.mjs";
import { row } from "./row.mjs";

const [model = "mnist-mlp", steps = "100", images = "2000"] = process.argv.slice(2);
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
