// Trained networks and their forward pass.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { denseSpec, intensities } from "./lib/fixtures.mjs";
import { refused } from "./lib/refused.mjs";

const quartic = await load();
const floats = (...values) => Float32Array.from(values);
const dense = (changes) => ({ type: "dense", weights: floats(1, 2, 3, 4, 5, 6), activation: "linear", ...changes });
const network = (changes, more) => quartic.network({ inputShape: [3], layers: [dense(changes)], ...more });

/** The forward pass in 64-bit numbers. */
function forward(layers, input) {
  return layers.reduce((values, { weights, bias, activation }) => {
    const outputs = weights.length / values.length;
    return Array.from({ length: outputs }, (_, j) => {
      const sum = values.reduce((total, value, i) => total + value * weights[j * values.length + i], bias?.[j] ?? 0);
      return activation === "relu" ? Math.max(0, sum) : sum;
    });
  }, Array.from(input));
}

test("an identity of an earlier layer at the end gave another layer's output", () => {
  const layers = [
    dense({ name: "a" }),
    dense({ name: "b", weights: floats(1, 2) }),
    { type: "identity", inputs: ["a"] },
  ];
  refused(() => quartic.network({ inputShape: [3], layers }), "shape-mismatch", "layer `b`");
  const last = [dense({ name: "a" }), { type: "identity", inputs: ["a"] }];
  assert.deepEqual(quartic.network({ inputShape: [3], layers: last }).predict(floats(1, 10, 100)), floats(321, 654));
});

test("a dense layer multiplies by weights in the order of PyTorch and adds its bias", () => {
  assert.deepEqual(network().predict(floats(1, 10, 100)), floats(321, 654));
  assert.deepEqual(network({ bias: floats(0.5, -1) }).predict(floats(1, 10, 100)), floats(321.5, 653));
  assert.deepEqual(network({ bias: null }).predict(floats(1, 0, 0)), floats(1, 4));
});

test("relu cuts negative values off and linear does not", () => {
  const weights = floats(1, 0, 0, -1, 0, 0);
  assert.deepEqual(network({ weights, activation: "relu" }).predict(floats(2, 0, 0)), floats(2, 0));
  assert.deepEqual(network({ weights, activation: "linear" }).predict(floats(2, 0, 0)), floats(2, -2));
});

test("a deep network computes the formula for every row", () => {
  const spec = denseSpec([20, 40, 30, 5]);
  const ann = quartic.network(spec);
  const inputs = intensities(7, 20);
  const outputs = ann.predict(inputs);
  assert.equal(outputs.length, 7 * 5);
  for (let row = 0; row < 7; row++) {
    const expected = forward(spec.layers, inputs.subarray(row * 20, (row + 1) * 20));
    expected.forEach((value, k) => {
      assert.ok(Math.abs(outputs[row * 5 + k] - value) < 1e-4);
    });
  }
});

test("a network tells its shape, its inputs and its outputs", () => {
  const ann = quartic.network({ inputShape: [1, 3, 2], layers: [dense()] });
  assert.deepEqual([[...ann.inputShape], ann.inputs, ann.outputs, ann.name], [[1, 3, 2], 6, 1, undefined]);
});

test("views at odd offsets of a larger buffer give the same result", () => {
  const { layers } = denseSpec([20, 40, 5]);
  const shifted = (values) => {
    const buffer = new Float32Array(values.length + 7).fill(Number.NaN);
    buffer.set(values, 3);
    return buffer.subarray(3, 3 + values.length);
  };
  const moved = layers.map((layer) => ({ ...layer, weights: shifted(layer.weights), bias: shifted(layer.bias) }));
  const [ann, other] = [layers, moved].map((list) => quartic.network({ inputShape: [20], layers: list }));
  const inputs = intensities(3, 20);
  assert.deepEqual(other.predict(shifted(inputs)), ann.predict(inputs));
  const spikes = [ann, other].map((network, index) => {
    const pick = index === 0 ? (values) => values : shifted;
    const snn = quartic.convert(network, { calibration: pick(inputs) });
    return snn.run(pick(inputs.subarray(0, 20)), { seed: 5, record: ["spikes"] }).spikes;
  });
  assert.deepEqual(spikes[0], spikes[1]);
});

test("the network keeps its own copy of the weights", () => {
  const weights = floats(1, 2, 3);
  const ann = network({ weights });
  weights.fill(0);
  assert.deepEqual(ann.predict(floats(1, 1, 1)), floats(6));
});

test("weights and biases of wrong lengths are refused", () => {
  refused(() => network({ weights: floats(1, 2, 3, 4) }), "shape-mismatch", "layer 0", "4");
  refused(() => network({ weights: floats() }), "shape-mismatch", "layer 0", "0");
  refused(() => network({ bias: floats(1) }), "shape-mismatch", "bias", "1");
  const layers = [dense({ activation: "relu" }), dense({ weights: floats(1, 2, 3) })];
  refused(() => quartic.network({ inputShape: [3], layers }), "shape-mismatch", "layer 1", "3");
});

test("weights, biases and inputs that are not finite are refused with their place", () => {
  refused(() => network({ weights: floats(1, Number.NaN, 3) }), "invalid-input", "weights", "NaN", "index 1");
  const infinite = Number.POSITIVE_INFINITY;
  refused(() => network({ weights: floats(1, 2, infinite) }), "invalid-input", "weights", "inf", "index 2");
  refused(() => network({ bias: floats(0, Number.NaN) }), "invalid-input", "bias", "NaN", "index 1");
  refused(() => network().predict(floats(0, 0, Number.NaN)), "invalid-input", "inputs", "NaN", "index 2");
});

test("layers of other types are refused with what is supported", () => {
  refused(() => network({ type: "lstm" }), "unsupported-layer", "layer 0", "lstm", "dense", "conv2d");
  refused(() => network({ type: "" }), "unsupported-layer");
  refused(() => network({ type: undefined }), "invalid-option", "type", "undefined");
  refused(() => network({ type: 5 }), "invalid-option", "type", "5");
});

test("unknown keys are refused with the known ones", () => {
  refused(() => network({}, { outputs: 2 }), "invalid-option", "`outputs`", "inputShape, layers");
  refused(
    () => network({ biases: floats(1, 2) }),
    "invalid-option",
    "`layers[0].biases`",
    "type, weights, bias, activation",
  );
});

test("values of the wrong kind are refused by name", () => {
  refused(() => network({ weights: [1, 2, 3] }), "invalid-option", "layers[0].weights", "an array of 3");
  refused(() => network({ weights: new Float64Array(3) }), "invalid-option", "layers[0].weights", "Float64Array");
  refused(() => network({ weights: undefined }), "invalid-option", "layers[0].weights", "undefined");
  refused(() => network({ weights: () => 1 }), "invalid-option", "layers[0].weights", "a function");
  refused(() => network({ bias: [1, 2] }), "invalid-option", "layers[0].bias");
  refused(() => network({ activation: "tanh" }), "invalid-option", "layers[0].activation", "tanh");
  refused(() => network({ activation: undefined }), "invalid-option", "layers[0].activation", "undefined");
  refused(() => network().predict([1, 2, 3]), "invalid-option", "inputs", "an array of 3");
  refused(() => quartic.network(), "invalid-option", "network", "undefined");
  refused(() => quartic.network({ inputShape: [3], layers: "dense" }), "invalid-option", "`layers`", "dense");
  refused(() => quartic.network({ inputShape: [3], layers: [null] }), "invalid-option", "layers[0]", "null");
});

test("input shapes must be positive whole sizes", () => {
  for (const size of [0, -3, 1.5, Number.NaN, 3n, "3"]) {
    refused(() => network({}, { inputShape: [1, size] }), "invalid-option", "`inputShape[1]`", `${size}`);
  }
  refused(() => network({}, { inputShape: 3 }), "invalid-option", "`inputShape`", "3");
  assert.throws(() => network({}, { inputShape: [] }), { name: "QuarticError" });
  assert.throws(() => network({}, { layers: [] }), { code: "shape-mismatch" });
});

test("inputs must be whole rows", () => {
  refused(() => network().predict(floats(1, 2)), "shape-mismatch", "inputs", "3", "2");
  assert.equal(network().predict(floats()).length, 0);
});

test("a negative epsilon is told by its own name, not as a wrong variance", () => {
  const one = Float32Array.of(1);
  const norm = { type: "batchNorm", mean: one, variance: Float32Array.of(0.5), scale: one, offset: one, epsilon: -1 };
  refused(() => quartic.network({ inputShape: [1], layers: [norm] }), "invalid-option", "epsilon", "-1");
});

test("what is wrong in a layer is told with its place", () => {
  const dense = (changes) => ({ type: "dense", weights: new Float32Array(4).fill(1), activation: "relu", ...changes });
  const norm = { type: "batchNorm", epsilon: 1e-5, scale: new Float32Array(2), mean: new Float32Array(2) };
  for (const [layer, message] of [
    [dense({ weights: Float32Array.of(1, Number.NaN, 1, 1) }), "dense weights of layer 1"],
    [dense({ bias: new Float32Array(3) }), "dense bias of layer 1"],
    [{ ...norm, offset: new Float32Array(3), variance: new Float32Array(2).fill(1) }, "of layer 1"],
  ]) {
    assert.throws(
      () => quartic.network({ inputShape: [2], layers: [dense(), layer] }),
      (error) => error.message.includes(message),
    );
  }
});

test("layers that are left out read one layer: the others were dropped without a word", () => {
  const layers = (inputs) => [
    dense({ name: "a", activation: "relu" }),
    { type: "identity", name: "same", inputs },
    { type: "dense", weights: floats(1, 2), activation: "linear" },
  ];
  for (const inputs of [["a", "input"], []]) {
    refused(() => network({}, { layers: layers(inputs) }), "shape-mismatch", "`same`", "one input");
  }
  assert.equal(network({}, { layers: layers(["a"]) }).outputs, 1);
});

test("a window that reaches 2^32 pixels was taken for one of a pixel", () => {
  const weights = new Float32Array(2 ** 16);
  const layer = { type: "conv2d", outChannels: 1, kernel: [2 ** 16, 1], dilation: [2 ** 16 + 1, 1], weights };
  const layers = [{ ...layer, activation: "relu" }, { type: "flatten" }];
  refused(() => quartic.network({ inputShape: [1, 10, 1], layers }), "shape-mismatch", "layer 0");
});
