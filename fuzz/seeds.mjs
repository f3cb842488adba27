// Writes seeds into fuzz/corpus: the ONNX fixtures of the tests, small networks and those of the golden rasters as
// safetensors, trained and converted, and what earlier runs have found. Wants the built package (`npm run build:pkg`).

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

const [relu, linear] = [{ activation: "relu" }, { activation: "linear" }];
const norm = { type: "batchNorm", scale: "a", offset: "a", mean: "a", variance: "a", epsilon: 0.1 };
const scores = { type: "dense", weights: "d", bias: "a", ...linear };

/** Networks as small as can be: of small files a fuzzer makes more. */
const small = [
  {
    shape: [2],
    tensors: { d: [2, 2], a: [2] },
    layers: [{ ...scores, maximum: 3, ...relu }, { type: "dropout" }, scores],
  },
  {
    shape: [1, 3, 3],
    tensors: { c: [2, 1, 2, 2], d: [2, 2], a: [2] },
    layers: [
      { type: "conv2d", weights: "c", bias: "a", padding: [0, 1], stride: 2, ...linear },
      { ...norm, ...relu },
      { type: "avgPool2d", kernel: [2, 1], stride: 1, padding: [1, 0, 0, 0] },
      { type: "globalAvgPool2d" },
      { type: "flatten" },
      scores,
    ],
  },
  {
    shape: [2, 2, 2],
    tensors: { c: [2, 1, 1, 1], d: [2, 4], a: [2] },
    layers: [
      { type: "conv2d", name: "x", weights: "c", groups: 2, dilation: 2, activation: "relu6" },
      { type: "conv2d", name: "y", weights: "c", groups: 2, ...linear },
      { type: "add", inputs: ["x", "y"] },
      { type: "activation", name: "z", ...relu },
      { type: "concat", inputs: ["z", "x"] },
      { type: "maxPool2d", kernel: 2 },
      scores,
    ],
  },
];

/** What `file` takes. */
const tiny = ({ shape, tensors, layers }) => ({
  description: { version: 1, inputShape: shape, layers },
  tensors: Object.fromEntries(Object.entries(tensors).map(([name, sizes]) => [name, { shape: sizes }])),
});

const quartic = await load();
const golden = JSON.parse(readFileSync(at("tests/golden/rasters.json"), "utf8"));
for (const [index, network] of [...golden, ...small.map(tiny)].entries()) {
  const trained = file(network);
  const ann = quartic.readModel(trained);
  const saved = quartic.convert(ann, { calibration: new Float32Array(4 * ann.inputs).fill(0.5) }).save();
  for (const [target, bytes] of Object.entries({ safetensors: trained, saved })) {
    mkdirSync(at(`fuzz/corpus/${target}`), { recursive: true });
    writeFileSync(at(`fuzz/corpus/${target}/network-${index}.safetensors`), bytes);
  }
}

for (const target of ["onnx", "safetensors", "saved", "engine", "options"]) {
  cpSync(at(`tests/fixtures/corpus/${target}`), at(`fuzz/corpus/${target}`), { recursive: true });
}
