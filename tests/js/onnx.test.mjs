// ONNX files as real exporters write them, through the package, against onnxruntime: the scores that it stored in
// Python, and those that its WebAssembly gives here.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as runtime from "onnxruntime-web";
import { load, QuarticError } from "quartic-snn";
import {
  argmax,
  count,
  fixture,
  fixtureFloats,
  fixtureInputs,
  fixtureJson,
  sameScores,
  softmax,
} from "./lib/models.mjs";

runtime.env.wasm.numThreads = 1;
runtime.env.logLevel = "error";

const quartic = await load();
const all = fixtureJson("onnx/index.json");
const index = all.filter(({ opset }) => opset >= 13);
/** onnxruntime computes in half precision what is in half precision. */
const tolerance = ({ name }) => (name.startsWith("f16") && !name.includes("keep-io") ? 3e-3 : 1e-4);

/** Channel-first images as channels-last ones. */
function channelsLast(inputs, [height, width, channels]) {
  const size = height * width * channels;
  return inputs.map((_, at) => {
    const [row, place] = [Math.floor(at / size), at % size];
    return inputs[row * size + (place % channels) * height * width + Math.floor(place / channels)];
  });
}

/** What onnxruntime gives for the same inputs, one by one: some models have a batch of 1. */
async function scoresOf({ file, inputShape, channelsLast: last, outputs }, inputs) {
  const session = await runtime.InferenceSession.create(fixture(`onnx/${file}`), { executionProviders: ["wasm"] });
  const given = last ? channelsLast(inputs, inputShape) : inputs;
  const size = given.length / count;
  const scores = new Float32Array(count * outputs);
  for (let row = 0; row < count; row++) {
    const values = given.subarray(row * size, (row + 1) * size);
    const tensor = new runtime.Tensor("float32", values, [1, ...inputShape]);
    const results = await session.run({ [session.inputNames[0]]: tensor });
    const [found] = Object.values(results).filter(({ type, size: length }) => type === "float32" && length === outputs);
    scores.set(found.data, row * outputs);
  }
  await session.release();
  return scores;
}

test("every model gives the scores and decisions of onnxruntime", async (t) => {
  assert.ok(index.length >= 35);
  for (const entry of index) {
    await t.test(entry.name, () => {
      const ann = quartic.readModel(fixture(`onnx/${entry.file}`));
      const [height, width, channels] = entry.inputShape;
      // A row of a table is a vector here.
      const shape = entry.channelsLast ? [channels, height, width] : entry.inputShape;
      assert.deepEqual([...ann.inputShape], shape.length === 2 ? [shape[0] * shape[1]] : shape);
      assert.equal(ann.outputs, entry.outputs);
      const found = ann.predict(fixtureInputs(ann.inputs));
      const expected = fixtureFloats(`onnx/${entry.name}.${entry.scores}.bin`);
      assert.deepEqual(argmax(found, ann.outputs), argmax(expected, ann.outputs));
      const scores = entry.scores === "probabilities" ? softmax(found, ann.outputs) : found;
      sameScores(scores, expected, entry.outputs, 10 * tolerance(entry), 0);
      assert.ok(ann.report.rewrites.every(({ largestDifference }) => largestDifference <= 1e-4));
    });
  }
});

test("onnxruntime in WebAssembly agrees here and now", async (t) => {
  // Half precision inputs and scikit-learn's own operators are not all in that build.
  const able = index.filter(({ name }) => !/^f16|^sklearn|rows/.test(name));
  assert.ok(able.length >= 25);
  for (const entry of able) {
    await t.test(entry.name, async () => {
      const ann = quartic.readModel(fixture(`onnx/${entry.file}`));
      const inputs = fixtureInputs(ann.inputs);
      const found = ann.predict(inputs);
      const expected = await scoresOf(entry, inputs);
      const scores = entry.scores === "probabilities" ? softmax(found, ann.outputs) : found;
      sameScores(scores, expected, ann.outputs, 1e-3, 0);
      const largest = Math.max(...expected.map(Math.abs));
      scores.forEach((score, at) => {
        assert.ok(Math.abs(score - expected[at]) <= 1e-4 * largest, `${score} is not ${expected[at]}`);
      });
    });
  }
});

test("what cannot be converted is refused by operator and node", async (t) => {
  const refused = fixtureJson("onnx/refused/index.json");
  assert.ok(refused.length >= 35);
  for (const { name, file, validOnnx, operator, node } of refused) {
    await t.test(name, () => {
      assert.throws(
        () => quartic.readModel(fixture(`onnx/refused/${file}`), { format: "onnx" }),
        (error) => {
          assert.ok(error instanceof QuarticError && error.code !== "internal", error.message);
          if (!validOnnx) return true;
          assert.equal(error.code, "unsupported-layer", error.message);
          assert.equal(error.details.operator, operator);
          assert.equal(error.details.name, node);
          assert.match(error.details.reason, /support/);
          return true;
        },
      );
    });
  }
});

test("an ONNX model becomes a spiking network that decides as it does", () => {
  const ann = quartic.readModel(fixture("onnx/lenet-torchscript.onnx"));
  const inputs = fixtureInputs(ann.inputs).subarray(0, 40 * ann.inputs);
  const snn = quartic.convert(ann, {
    calibration: inputs,
    adjustment: "none",
    base: "max",
    inputRate: 1,
    readout: "potential",
  });
  const decisions = argmax(ann.predict(inputs), ann.outputs);
  const right = decisions.filter((decision, row) => {
    const input = inputs.subarray(row * ann.inputs, (row + 1) * ann.inputs);
    return snn.run(input, { steps: 10_000, seed: 1, stream: row }).prediction === decision;
  });
  // Untrained weights and inputs that look random: some decisions hang by a thread.
  assert.ok(right.length >= 36, `${right.length} of ${decisions.length}`);
});
