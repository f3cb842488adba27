// Writes seeds into fuzz/corpus: the ONNX fixtures of the tests, the networks of the golden rasters as safetensors,
// trained and converted, and what earlier runs have found. Wants the built package (`npm run build:pkg`).

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load } from "quartic-snn";
import { safetensors } from "../tests/js/lib/safetensors.mjs";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

for (const folder of ["onnx", "onnx/refused", "crashers"]) {
  for (const name of readdirSync(at(`tests/fixtures/${folder}`)).filter((name) => /\.onnx$/.test(name))) {
    mkdirSync(at("fuzz/corpus/onnx"), { recursive: true });
    cpSync(at(`tests/fixtures/${folder}/${name}`), at(`fuzz/corpus/onnx/${name}`));
  }
}

/** A network of the golden rasters as a safetensors file; its numbers rise and fall. */
function file({ description, tensors }) {
  let place = 0;
  const value = () => ((place++ * 37) % 101) / 100 + 0.01;
  const numbers = (shape) => Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, value);
  const filled = Object.entries(tensors).map(([name, { shape }]) => [name, { shape, values: numbers(shape) }]);
  return safetensors(Object.fromEntries(filled), { "quartic-snn": JSON.stringify(description) });
}

const quartic = await load();
const golden = JSON.parse(readFileSync(at("tests/golden/rasters.json"), "utf8"));
for (const [index, network] of golden.entries()) {
  const trained = file(network);
  const ann = quartic.readModel(trained);
  const saved = quartic.convert(ann, { calibration: new Float32Array(4 * ann.inputs).fill(0.5) }).save();
  for (const [target, bytes] of Object.entries({ safetensors: trained, saved })) {
    mkdirSync(at(`fuzz/corpus/${target}`), { recursive: true });
    writeFileSync(at(`fuzz/corpus/${target}/golden-${index}.safetensors`), bytes);
  }
}

for (const target of ["onnx", "safetensors", "saved"]) {
  cpSync(at(`tests/fixtures/corpus/${target}`), at(`fuzz/corpus/${target}`), { recursive: true });
}
