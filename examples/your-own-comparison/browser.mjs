// The same in a browser: `node examples/your-own-comparison/serve.mjs` hands it the package, the model and the images.

import { load } from "./quartic-snn/worker.js";
import { row } from "./row.mjs";

const query = new URLSearchParams(location.search);
const output = document.querySelector("pre");
// Whatever fails from here on is told where the result would be.
addEventListener("unhandledrejection", ({ reason }) => {
  output.textContent = reason.message;
});
addEventListener("error", ({ message }) => {
  output.textContent = message;
});

async function fetched(what) {
  const response = await fetch(`data/${what}?${query}`);
  if (!response.ok) throw new Error(await response.text());
  return response.arrayBuffer();
}

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
output.textContent = lines.join("\n");
