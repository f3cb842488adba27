// What one neuron reads, and what its input adds up to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { denseLayers, small } from "./lib/fixtures.mjs";
import { refused } from "./lib/refused.mjs";

const quartic = await load();
const { widths, ann, calibration, input } = small(quartic);
const snn = quartic.convert(ann, { calibration });

test("the weights of a neuron are its row of the trained weights", () => {
  const layers = denseLayers(widths);
  const [first, ...more] = snn.weightsOf(2, 3);
  assert.deepEqual(more, []);
  assert.equal(first.source, 1);
  assert.deepEqual(first.shape, [widths[1]]);
  assert.deepEqual(first.weights, layers[1].weights.slice(3 * widths[1], 4 * widths[1]));
});

test("the weights of a convolution are the kernel of the channel", () => {
  const weights = Float32Array.from({ length: 2 * 9 }, (_, index) => index / 18);
  const image = quartic.network({
    inputShape: [1, 4, 4],
    layers: [
      { type: "conv2d", outChannels: 2, kernel: 3, weights, activation: "relu" },
      { type: "dense", weights: new Float32Array(16).fill(0.5), activation: "linear" },
    ],
  });
  const converted = quartic.convert(image, { calibration: new Float32Array(16).fill(0.5) });
  // Neurons 4 to 7 are those of the second channel.
  for (const neuron of [4, 7]) {
    assert.deepEqual(converted.weightsOf(1, neuron), [{ source: 0, shape: [1, 3, 3], weights: weights.slice(9) }]);
  }
  assert.deepEqual(converted.weightsOf(2, 0)[0].shape, [2, 2, 2]);
  // 8 neurons of 9 weights and 2 of 8.
  assert.equal(converted.synapses, 8 * 9 + 2 * 8);
});

test("the drift of the outputs is what the trained network predicts", () => {
  const drift = quartic.convert(ann, { calibration, biasCorrection: false }).drift(input);
  assert.deepEqual(
    drift.map(({ length }) => length),
    widths.slice(1),
  );
  ann.predict(input).forEach((value, index) => {
    assert.ok(Math.abs(value - drift.at(-1)[index]) < 1e-4, `${index}: ${value} and ${drift.at(-1)[index]}`);
  });
});

test("activations are those of the trained network, of which the last are what it predicts", () => {
  const corrected = quartic.convert(ann, { calibration, gainCorrection: true });
  const activations = corrected.activations(input);
  assert.deepEqual([...activations.at(-1)], [...ann.predict(input)]);
  const drift = quartic.convert(ann, { calibration, biasCorrection: false }).drift(input);
  for (const [layer, values] of activations.slice(0, -1).entries()) {
    values.forEach((value, neuron) => {
      assert.ok(Math.abs(value - Math.max(0, drift[layer][neuron])) < 1e-4, `${layer} ${neuron}: ${value}`);
    });
    assert.ok(values.includes(0), "some neurons are silent");
  }
});

test("neurons that are not there and networks that do not know their origin are refused", () => {
  refused(() => snn.weightsOf(0, 0), "invalid-option");
  refused(() => snn.weightsOf(widths.length, 0), "invalid-option");
  refused(() => snn.weightsOf(1, widths[1]), "invalid-option");
  refused(() => snn.weightsOf(1, 0.5), "invalid-option");
  refused(() => snn.weightsOf("1", 0), "invalid-option");
  const saved = quartic.readSnn(snn.save());
  refused(() => saved.weightsOf(1, 0), "invalid-option");
  refused(() => saved.drift(input), "invalid-option");
  refused(() => saved.activations(input), "invalid-option");
  refused(() => snn.activations(new Float32Array(1)), "shape-mismatch");
  assert.deepEqual(quartic.readSnn(snn.save(), { ann }).drift(input), snn.drift(input));
});
