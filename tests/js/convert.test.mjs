// Conversions: what they report, their defaults, and what they refuse.

import assert from "node:assert/strict";
import { test } from "node:test";
import { convertDefaults, load, runDefaults } from "quartic-snn";
import { denseSpec, small } from "./lib/fixtures.mjs";
import { refused } from "./lib/refused.mjs";

const quartic = await load();
const { widths, spec, ann, calibration, input } = small(quartic);
const convert = (options) => quartic.convert(ann, { calibration, ...options });
const spikesOf = (snn, options) => snn.run(input, { seed: 11, record: ["spikes"], ...options }).spikes;

const adjustments = ["none", "l4", "l4-relative", "l2", "l1", "uniform", "exact"];
const bases = ["percentile", "none", "max", "channel", "weights", "mse", "balanced"];
const perNeuron = ["channel", "mse", "balanced"];

test("the report has a positive threshold and statistics for every neuron of every layer", () => {
  const { layers, functionError } = convert();
  assert.deepEqual(
    layers.map((layer) => [layer.name, layer.shape, layer.fires]),
    [1, 2, 3].map((index) => [`dense${index - 1}`, [widths[index]], true]),
  );
  for (const { shape, thresholds, l4, sigma, sigmaL4, gains } of layers) {
    for (const values of [thresholds, l4, sigma, sigmaL4, gains]) {
      assert.ok(values instanceof Float32Array);
      assert.equal(values.length, shape[0]);
      assert.ok(values.every((value) => value > 0 && Number.isFinite(value)));
    }
  }
  assert.ok(functionError >= 0 && functionError < 1e-4);
});

test("the gains of hidden layers are told where they are corrected, and are 1 elsewhere", () => {
  const ofOne = (layers) => layers.map(({ gains }) => gains.every((gain) => gain === 1));
  assert.deepEqual(ofOne(convert().layers), [false, false, true]);
  assert.deepEqual(ofOne(convert({ gainCorrection: false }).layers), [true, true, true]);
});

test("the reported L4 norms are those of the trained weights", () => {
  convert().layers.forEach(({ l4 }, index) => {
    const { weights } = spec.layers[index];
    const inputs = widths[index];
    l4.forEach((norm, j) => {
      const row = weights.subarray(j * inputs, (j + 1) * inputs);
      const expected = row.reduce((sum, weight) => sum + weight ** 4, 0) ** 0.25;
      assert.ok(Math.abs(norm - expected) < 1e-5 * expected);
    });
  });
});

test("thresholds of the L4 adjustment are the strength times the noise that the L4 norms predict", () => {
  for (const strength of [0.5, 0.9, 2]) {
    const { layers } = convert({ strength });
    // All outputs share one threshold: the RMS.
    const [{ thresholds: outputs, sigma }] = layers.slice(-1);
    const rms = Math.hypot(...sigma) / Math.sqrt(sigma.length);
    assert.ok(outputs.every((threshold) => Math.abs(threshold - strength * rms) < 1e-5 * threshold));
    for (const { thresholds, sigmaL4 } of layers.slice(0, -1)) {
      thresholds.forEach((threshold, j) => {
        assert.ok(Math.abs(threshold - strength * sigmaL4[j]) < 1e-5 * threshold);
      });
    }
  }
});

test("the relative form shares out the threshold of its base in proportion to the L4 norms", () => {
  const base = convert({ adjustment: "none" }).layers;
  convert({ adjustment: "l4-relative" }).layers.forEach(({ thresholds, l4 }, index) => {
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const expected = base[index].thresholds[0] / mean(l4);
    thresholds.forEach((threshold, j) => {
      assert.ok(Math.abs(threshold - expected * l4[j]) < 1e-5 * threshold);
    });
  });
});

test("the defaults are frozen", () => {
  for (const defaults of [convertDefaults, runDefaults, runDefaults.record]) assert.ok(Object.isFrozen(defaults));
});

test("the defaults are what happens where nothing is said", () => {
  const silent = convert();
  const spoken = convert(convertDefaults);
  assert.deepEqual(spoken.layers, silent.layers);
  assert.deepEqual(spikesOf(spoken), spikesOf(silent));
  const { record: _, ...run } = runDefaults;
  assert.deepEqual(spikesOf(silent, run), spikesOf(silent));
  assert.equal(silent.run(input).steps, convertDefaults.steps);
  assert.deepEqual(silent.run(input).spikes, []);
  for (const [option, value] of [
    ["strength", 0.5],
    ["steps", 50],
    ["inputRate", 0.5],
    ["floor", 0],
    ["reset", "zero"],
    ["signed", true],
    ["noise", "propagated"],
    ["noise", "bernoulli"],
    ["noise", "poisson"],
    ["biasShift", 0.5],
    ["biasCorrection", false],
    ["gainCorrection", false],
  ]) {
    assert.notDeepEqual(spikesOf(convert({ [option]: value })), spikesOf(silent), option);
  }
  // It counts where the noise asks for little.
  const quiet = { strength: 0.1, inputRate: 1 };
  assert.notDeepEqual(spikesOf(convert({ ...quiet, headroom: null })), spikesOf(convert(quiet)));
  assert.deepEqual(spikesOf(convert({ ...quiet, headroom: 99 })), spikesOf(convert(quiet)));
});

test("an undefined option is one about which nothing is said", () => {
  assert.deepEqual(convert({ strength: undefined, floor: undefined, name: undefined }).layers, convert().layers);
});

test("every base and adjustment gives a network that runs", () => {
  for (const adjustment of adjustments) {
    for (const base of bases) {
      if (adjustment === "l4-relative" && perNeuron.includes(base)) continue;
      const { counts, spikesPerLayer } = convert({ adjustment, base }).run(input, { seed: 1 });
      assert.equal(counts.length, 5);
      assert.ok(spikesPerLayer[1] > 0, `${adjustment} on ${base}`);
    }
  }
});

test("networks without biases are converted, too", () => {
  const bare = quartic.network(denseSpec(widths, { bias: false }));
  assert.ok(quartic.convert(bare, { calibration }).run(input, { seed: 1 }).spikesPerLayer[1] > 0);
});

test("a network is named after its adjustment, or as it is told", () => {
  assert.equal(convert().name, "l4");
  assert.equal(convert({ adjustment: "none" }).name, "plain");
  assert.equal(convert({ name: "mine" }).name, "mine");
  refused(() => convert({ name: "" }), "invalid-option", "`name`", '""');
  refused(() => convert({ name: 5 }), "invalid-option", "`name`", "5");
});

test("outputs read by their potential do not fire", () => {
  const snn = convert({ readout: "potential" });
  assert.deepEqual(
    snn.layers.map((layer) => layer.fires),
    [true, true, false],
  );
  assert.equal(snn.run(input, { seed: 1 }).spikesPerLayer[3], 0);
});

const outOfRange = {
  steps: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1_000_001],
  inputRate: [0, -0.1, 1.01, Number.NaN],
  strength: [0, -1, 101, Number.NaN],
  percentile: [0, 100.5, Number.NaN],
  headroom: [0, -1, 100.5, Number.NaN],
  noiseLimit: [0, -1, 1001, Number.NaN],
  floor: [1, -1001, Number.NaN],
  initialPotential: [-0.1, 1, Number.NaN],
  margin: [-0.1, 10.5, Number.NaN],
};

for (const [option, values] of Object.entries(outOfRange)) {
  test(`${option} outside its range is refused with the value`, () => {
    for (const value of values) {
      refused(() => convert({ [option]: value }), "invalid-option", `\`${option}\``, String(value));
    }
  });
}

test("signed neurons are refused above a floor that keeps them from taking anything back", () => {
  refused(() => convert({ signed: true, floor: -0.5 }), "invalid-option", "`signed`", "true", "`floor` above -1");
  assert.ok(convert({ signed: true, floor: -1 }).layers.length > 0);
});

test("options of the wrong type are refused by name", () => {
  const wrong = { ...outOfRange, base: 0, adjustment: 0, reset: 0, readout: 0 };
  for (const option of Object.keys(wrong)) {
    refused(() => convert({ [option]: "abc" }), "invalid-option", `\`${option}\``, '"abc"');
    refused(() => convert({ [option]: true }), "invalid-option", `\`${option}\``, "true");
  }
});

test("an unknown adjustment or base is refused with those that there are", () => {
  refused(() => convert({ adjustment: "l5" }), "invalid-option", "`adjustment`", '"l5"', "l4-relative", "uniform");
  refused(() => convert({ base: "mean" }), "invalid-option", "`base`", '"mean"', "percentile", "weights");
});

test("an unknown key is refused with those that are known", () => {
  refused(() => convert({ threshold: 1 }), "invalid-option", "`threshold`", "strength", "inputRate", "adjustment");
});

test("the relative form refuses the base that has no threshold per layer", () => {
  const options = { adjustment: "l4-relative", base: "channel" };
  refused(() => convert(options), "invalid-option", "`base`", "channel", "l4-relative");
});

test("calibration inputs must be there, in whole rows, finite and from 0 to 1", () => {
  const changed = (value) => Float32Array.from(calibration, (old, index) => (index === 21 ? value : old));
  refused(() => convert({ calibration: new Float32Array() }), "shape-mismatch", "calibration", "none");
  refused(() => convert({ calibration: calibration.subarray(1) }), "shape-mismatch", "calibration", "999", "20");
  for (const value of [Number.NaN, -0.5, 1.5]) {
    refused(() => convert({ calibration: changed(value) }), "invalid-input", "calibration", `${value}`, "index 21");
  }
  refused(() => convert({ calibration: undefined }), "invalid-option", "`calibration`", "undefined");
  refused(() => convert({ calibration: [...calibration] }), "invalid-option", "`calibration`", "an array of 1000");
  refused(() => quartic.convert(ann), "invalid-option", "`calibration`", "undefined");
  refused(() => quartic.convert(ann, null), "invalid-option", "`options`", "null");
});

test("what is not a trained network is refused", () => {
  for (const value of [undefined, null, {}, "ann", convert()]) {
    refused(() => quartic.convert(value, { calibration }), "invalid-option", "`ann`");
  }
});

test("a hidden layer without relu is refused", () => {
  // The zeros around what the first gives are none of its own, so that the two are not one.
  const weights = Float32Array.of(1, 2, 3, -4, 5, 6, 7, 8, 9);
  const conv = { type: "conv2d", outChannels: 1, kernel: 3, padding: 1, weights };
  const layers = [
    { ...conv, name: "first", activation: "linear" },
    { ...conv, name: "second", activation: "relu" },
    { type: "globalAvgPool2d" },
  ];
  const linear = quartic.network({ inputShape: [1, 3, 3], layers });
  const calibration = new Float32Array(9).fill(0.5);
  const named = ["layer 0 (`first`", "`second`", "relu", "zeros around"];
  refused(() => quartic.convert(linear, { calibration }), "unsupported-layer", ...named);
});

test("hidden layers without relu are joined with the next where one layer does what both do, and that is told", () => {
  const layers = spec.layers.map((layer) => ({ ...layer, activation: "linear" }));
  const linear = quartic.network({ ...spec, layers });
  assert.equal(linear.layers.length, 1);
  const [rewrite] = linear.report.rewrites;
  assert.equal(rewrite.step, "joined layers with no activation between them");
  assert.equal(quartic.convert(linear, { calibration }).layers.length, 1);
});

test("a layer whose activations are all zero is refused by a base that looks at them", () => {
  const layers = spec.layers.map((layer) => ({ ...layer, bias: layer.bias.map(() => -1000) }));
  const dead = quartic.network({ ...spec, layers });
  refused(() => quartic.convert(dead, { calibration, adjustment: "none" }), "conversion-failed");
});

test("a network whose outputs have an activation of their own is converted, clipped outputs and all", () => {
  for (const shape of [{ activation: "relu" }, { activation: "relu6" }, { activation: "relu", maximum: 0.5 }]) {
    const spec = { inputShape: [2], layers: [{ type: "dense", weights: Float32Array.of(1, -1, -1, 1), ...shape }] };
    const clipping = quartic.network(spec);
    for (const adjustment of ["none", "l4"]) {
      const snn = quartic.convert(clipping, { calibration: Float32Array.of(0.9, 0.1, 0.1, 0.9), adjustment });
      assert.ok(snn.functionError < 1e-5, `${adjustment}: ${snn.functionError}`);
      assert.equal(snn.run(Float32Array.of(0.9, 0.1), { steps: 200, seed: 1 }).prediction, 0);
    }
  }
});

test("a margin and a floor decide where potentials begin, and the report says where", () => {
  const begins = (options) =>
    convert(options).layers.map(({ initialPotential, margin }) => [initialPotential, margin.size]);
  const both = (...each) => [each, each, each];
  assert.deepEqual(begins({ steps: 50 }), both(0, 1));
  assert.deepEqual(begins({ steps: 50, floor: 0 }), both(0.5, 2));
  assert.deepEqual(begins({ steps: 50, floor: 0, initialPotential: 0 }), both(0, 1));
  assert.deepEqual(begins({ steps: 50, floor: 0, margin: 0 }), both(0, 0));
  assert.deepEqual(begins({ steps: 50, floor: 0, adjustment: "none" }), both(0, 0));
});

test("a signal that is undefined is as good as none", () => {
  assert.deepEqual(convert({ signal: undefined, onProgress: undefined }).layers, convert().layers);
});

test("what a layer without values above 0 needs is not a higher percentile", () => {
  const scores = (...weights) => ({ type: "dense", weights: Float32Array.from(weights), activation: "linear" });
  const read = (spec) => quartic.network({ inputShape: [2], layers: [spec] });
  const given = Float32Array.from({ length: 400 }, (_, k) => (k < 2 ? 1 : 0));
  const options = { calibration: given, adjustment: "none" };
  // One of 200 inputs gives something, and the percentile passes over it.
  const rarely = { ...options, percentile: 99 };
  refused(() => quartic.convert(read(scores(1, 1)), rarely), "conversion-failed", "raise `percentile`");
  assert.ok(quartic.convert(read(scores(1, 1)), { ...options, percentile: 100 }));
  refused(() => quartic.convert(read(scores(-1, -1)), rarely), "conversion-failed", "any output a value above 0");
});
