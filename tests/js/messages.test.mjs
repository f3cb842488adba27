// Errors that blamed the wrong thing, or came too late: what a newcomer ran into.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "quartic-snn";
import { small } from "./lib/fixtures.mjs";
import { fixture } from "./lib/models.mjs";

const quartic = await load();
const { ann, calibration, input } = small(quartic);
const snn = quartic.convert(ann, { calibration });
const floats = (...values) => new Float32Array(values);
const bytes = (text) => new TextEncoder().encode(text);
const detached = (array) => {
  structuredClone(array, { transfer: [array.buffer] });
  return array;
};

/** A network of one layer behind an image, or behind a vector where `inputShape` says so. */
const layer = (of, inputShape = [1, 4, 4]) => quartic.network({ inputShape, layers: [of] });
const conv = {
  type: "conv2d",
  weights: floats(1, 1, 1, 1),
  kernel: 2,
  outChannels: 1,
  activation: "relu",
};
const norm = { type: "batchNorm", offset: floats(1), mean: floats(1), variance: floats(1), epsilon: 0 };
const pair = { type: "dense", weights: floats(1, 1, 1, 1), activation: "linear" };

const cases = [
  [
    "a scale that is too long was blamed on the offset",
    () => layer({ ...norm, scale: floats(1, 1) }),
    /scale of layer 0/,
  ],
  [
    "no inputs at all were blamed on the weights",
    () => layer({ ...pair, inputs: [] }, [2]),
    /layer 0 \(`dense`\) must have one input or more, got 0/,
  ],
  [
    "groups that do not divide the channels were blamed on the weights",
    () => layer({ ...conv, groups: 2 }),
    /groups of layer 0 must have a divisor of 1 input channels, got 2/,
  ],
  [
    "a stride of 0 along one axis was blamed on the length of the list",
    () => layer({ ...conv, stride: [1, 0] }),
    /`layers\[0\].stride\[1\]` must be a whole number from 1 to \d+, got 0/,
  ],
  [
    "a kernel with a text was blamed on the length of the list",
    () => layer({ ...conv, kernel: [2, "2"] }),
    /`layers\[0\].kernel\[1\]` must be a whole number from 1 to \d+, got "2"/,
  ],
  [
    "a negative padding was blamed on not being a whole number",
    () => layer({ ...conv, padding: -1 }),
    /`layers\[0\].padding` must be a whole number from 0 to \d+, .*got -1/,
  ],
  [
    "a negative padding in a list was blamed on the length of the list",
    () => layer({ ...conv, padding: [1, -1] }),
    /`layers\[0\].padding\[1\]` must be a whole number from 0 to \d+, got -1/,
  ],
  [
    "outputs beyond all numbers were given as they are",
    () => layer(pair, [2]).predict(floats(1, 1, 2e38, 3e38)),
    /index 3$/,
  ],
  [
    "a format in capitals was answered with the words of the module's insides",
    () => quartic.readModel(bytes("x"), { format: "ONNX" }),
    /`format` must be `onnx` or `safetensors`, got "ONNX"$/,
  ],
  ["intensities that are no numbers were asked to be finite", () => snn.drift(input.map(() => NaN)), /from 0 to 1/],
  [
    "labels that were transferred away were counted as none",
    () => quartic.evaluate([snn], { images: input, labels: detached(Uint8Array.of(0)) }),
    /`labels` must be an array whose buffer was not transferred away/,
  ],
  [
    "weights that were transferred away were said to be no Float32Array",
    () => layer({ ...pair, weights: detached(floats(1, 1, 1, 1)) }, [2]),
    /whose buffer was not transferred away, got Float32Array of 0 bytes/,
  ],
  [
    "an ArrayBuffer was an object",
    () => quartic.readModel(detached(floats(1)).buffer),
    /got an ArrayBuffer of 0 bytes/,
  ],
  ["a web page was a saved network with a large header", () => quartic.readSnn(bytes("<!doctype html>")), /web page/],
  ["an empty file was a saved network with a small header", () => quartic.readSnn(bytes("")), /the file is empty/],
  ["a pointer was a saved network", () => quartic.readSnn(bytes("version https://git-lfs.x")), /git lfs pull/],
  [
    "a web page with a description was a broken file",
    () => quartic.readModel(bytes("<html>"), { description: {} }),
    /web page/,
  ],
  ["a web page was a broken ONNX file", () => quartic.readModel(bytes("<html>"), { format: "onnx" }), /web page/],
  [
    "an ONNX file with a description was a broken file",
    () => quartic.readModel(fixture("onnx/mlp-dynamo.onnx"), { description: {} }),
    /ONNX file: `readModel` reads it, without a `description`/,
  ],
  [
    "an ONNX file was a saved network",
    () => quartic.readSnn(fixture("onnx/mlp-dynamo.onnx")),
    /ONNX file: `readModel`/,
  ],
  [
    "a safetensors file was a broken ONNX file",
    () => quartic.readModel(readFileSync("models/mnist-mlp-small.safetensors"), { format: "onnx" }),
    /safetensors file, not ONNX/,
  ],
  [
    "the recordings of a comparison were held against the memory one by one",
    () => {
      const options = { steps: 1e6, stepsPerFrame: 1e6, record: ["potentials"] };
      return quartic.compare(Array(100).fill(snn), input, options).next();
    },
    /a recording of the potentials of \d+ neurons over 1000000 steps would take about \d+ MiB/,
  ],
  [
    "what an evaluation keeps was not held against the memory",
    () => quartic.evaluate(Array(60).fill(snn), { images: input, labels: [0] }, { steps: 1e6 }),
    /an evaluation of 60 networks over 1000000 steps would take about 287 MiB/,
  ],
  [
    "a saved network of another trained network was evaluated without a word",
    () => {
      const other = quartic.convert(small(quartic, { bias: false }).ann, { calibration: input.map(() => 0.5) });
      const read = quartic.readSnn(other.save());
      return quartic.evaluate([snn, read], { images: input, labels: [0] }, { steps: 5 });
    },
    /`networks` must be converted from one trained network, got `.*`, which was read without `ann`/,
  ],
];

for (const [name, run, message] of cases) {
  test(name, async () => {
    await assert.rejects(
      async () => run(),
      (error) => {
        assert.equal(error.name, "QuarticError");
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test("a saved network of the same trained network is evaluated, with its ANN or without", async () => {
  const read = quartic.readSnn(snn.save());
  const { networks } = await quartic.evaluate([snn, read], { images: input, labels: [0] }, { steps: 20, seed: 1 });
  assert.deepEqual(networks[0].accuracyByStep, networks[1].accuracyByStep);
});
