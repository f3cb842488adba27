// The same in a browser: `node examples/your-own-comparison/serve.mjs` hands it the package, the model and the images.

import { load } from "./quartic-snn/worker.js";
import { row } from "./row.mjs";

const query = new URLSearchParams(location.search);
const fetched = async (what) => (await fetch(`data/${what}?${query}`)).arrayBuffer();
const [model, calibration, images, labels] = await Promise.all(
  ["model", "calibration", "images", "labels"].map(fetched),
);
const quartic = await load();
const lines = await row(quartic, {
  model: new Uint8Array(model),
  calibration: new Float32Array(calibration),
  test: { images: new Float32Array(images), labels: new Uint8Array(labels) },
  steps: Number(query.get("steps") ?? 100),
  seed: 1,
});
quartic.close();
document.querySelector("pre").textContent = lines.join("\n");
