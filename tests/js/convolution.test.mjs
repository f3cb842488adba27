// Convolutions described in JavaScript, against a simulator of plain loops that knows only the trained weights.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { random } from "./lib/fixtures.mjs";
import { corrected, forward, l4Thresholds, network, simulate } from "./lib/naive-conv.mjs";

const quartic = await load();
const next = random(23);
const floats = (count, low, high) => Float32Array.from({ length: count }, () => low + (high - low) * next());

const [side, channels, kernel, outputs] = [10, 4, 3, 5];
const cells = channels * 16;
const weights = floats(channels * kernel * kernel, -0.4, 0.5);
// One channel with larger weights: what the norm is there for.
for (let tap = 0; tap < 9; tap++) weights[tap] *= 3;
const bias = floats(channels, -0.1, 0.2);
const dense = floats(outputs * cells, -0.3, 0.4);
const naive = network({ side, channels, kernel, outputs, weights, bias, dense });
const ann = quartic.network({
  name: "small",
  inputShape: [1, side, side],
  layers: [
    { type: "conv2d", outChannels: channels, kernel, weights, bias, activation: "linear" },
    { type: "activation", activation: "relu" },
    { type: "avgPool2d", kernel: 2 },
    { type: "dropout" },
    { type: "flatten" },
    { type: "dense", weights: dense, activation: "linear" },
  ],
});
const size = side * side;
const calibration = floats(20 * size, 0, 1);
const image = (index) => calibration.subarray(index * size, (index + 1) * size);
const images = Array.from({ length: 20 }, (_, index) => image(index));
const options = { steps: 80, inputRate: 0.3, strength: 0.7, biasCorrection: false };
/** What is usual for so many steps. */
const margin = 50 / options.steps;

test("a network with a convolution computes its formula, and tells what was done to it", () => {
  assert.equal(ann.name, "small");
  assert.deepEqual(ann.report.dropped, ["dropout3 (dropout)"]);
  assert.deepEqual(
    ann.report.rewrites.map(({ layers }) => layers),
    [["activation1"]],
  );
  assert.deepEqual(
    ann.layers.map(({ type, shape }) => [type, ...shape]),
    [
      ["conv2d", 4, 8, 8],
      ["avgPool2d", 4, 4, 4],
      ["flatten", 64],
      ["dense", 5],
    ],
  );
  const found = ann.predict(calibration);
  images.forEach((input, row) => {
    forward(naive, input).scores.forEach((score, k) => {
      assert.ok(Math.abs(found[row * outputs + k] - score) < 1e-4);
    });
  });
});

test("padding counts in a mean or not, as `countIncludePad` says", () => {
  const mean = (more) => {
    const layers = [{ type: "avgPool2d", kernel: 2, padding: [0, 0, 0, 1], ...more }, { type: "flatten" }];
    return quartic.network({ inputShape: [1, 2, 3], layers });
  };
  const input = Float32Array.of(1, 2, 3, 4, 5, 6);
  assert.deepEqual([...mean({}).predict(input)], [3, 2.25]);
  assert.deepEqual([...mean({ countIncludePad: false }).predict(input)], [3, 4.5]);
  const wrong = /`layers\[0\].countIncludePad` must be true or false, got 0/;
  assert.throws(
    () => mean({ countIncludePad: 0 }),
    (error) => error.code === "invalid-option" && wrong.test(error.message),
  );
  assert.throws(() => mean({ type: "maxPool2d", countIncludePad: false }), /countIncludePad/);
});

test("thresholds by L4 norms follow from the formula, one per channel", () => {
  const found = new Set();
  for (const channelNoise of ["local", "mean"]) {
    // A limit that some channels reach, none, and one that no channel reaches.
    for (const [noise, noiseLimit] of [0.7, null, 50].flatMap((limit) => [
      ["poisson", limit],
      ["bernoulli", limit],
    ])) {
      const told = { ...options, headroom: null, noise, channelNoise, noiseLimit };
      const snn = quartic.convert(ann, { ...told, calibration });
      const expected = l4Thresholds(naive, images, told);
      assert.deepEqual(snn.layers[0].shape, [4, 8, 8]);
      snn.layers.forEach(({ thresholds }, layer) => {
        const positions = thresholds.length / expected[layer].length;
        thresholds.forEach((theta, neuron) => {
          const right = expected[layer][Math.floor(neuron / positions)];
          assert.ok(Math.abs(theta - right) < 1e-5 * right, `${theta} is not ${right}`);
        });
      });
      found.add(expected[0].map((theta) => theta.toPrecision(4)).join());
    }
  }
  assert.equal(found.size, 8, "the options say something");
});

test("the concentration of the noise is told, and is 1 where neurons have weights of their own", () => {
  const of = (options) => quartic.convert(ann, { ...options, calibration }).layers.map((layer) => layer.concentration);
  const [first, second] = of({});
  assert.ok(first > 1 && first < 2, String(first));
  assert.equal(second, 1);
  assert.deepEqual(of({ channelNoise: "mean" }), [1, 1]);
});

const thresholdsOf = (snn) =>
  snn.layers.map(({ thresholds }, layer) =>
    layer === 0 ? Array.from({ length: channels }, (_, c) => thresholds[c * 64]) : [...thresholds],
  );

/** That an SNN gives the spikes of plain loops over a network, on four images. */
function reproduces(snn, net, thresholds, margin) {
  let [same, total] = [0, 0];
  for (const input of images.slice(0, 4)) {
    const run = snn.run(input, { steps: options.steps, seed: 5, record: ["spikes"] });
    const expected = simulate(net, run.spikes[0], thresholds, { ...options, margin });
    run.spikes.slice(1).forEach(({ step, neuron }, layer) => {
      const known = new Set(expected[layer]);
      same += [...step].filter((at, index) => known.has(`${at} ${neuron[index]}`)).length;
      total += Math.max(step.length, expected[layer].length);
    });
  }
  assert.ok(total > 100, `only ${total} spikes`);
  assert.ok(same >= 0.999 * total, `${same} of ${total} spikes`);
}

for (const adjustment of ["none", "l4", "exact", "uniform"]) {
  test(`a simulator of plain loops gives the spikes of ${adjustment}`, () => {
    const snn = quartic.convert(ann, { ...options, calibration, adjustment });
    reproduces(snn, naive, thresholdsOf(snn), adjustment === "none" ? 0 : margin);
  });
}

test("a simulator of plain loops gives the spikes of a convolution with biases and gains corrected", () => {
  const told = { ...options, biasCorrection: true, headroom: null, channelNoise: "local", noiseLimit: 1.4 };
  const snn = quartic.convert(ann, { ...told, calibration });
  // The input spikes of the calibration inputs, as any network reads them.
  const flips = images.map(
    (input, stream) => snn.run(input, { steps: options.steps, seed: 1, stream, record: ["spikes"] }).spikes[0],
  );
  const thresholds = thresholdsOf(snn);
  const { net, gains, noise } = corrected(naive, images, flips, thresholds, { ...options, margin });
  assert.ok(Math.max(...gains) < 0.95 && new Set(gains).size === channels, `gains say something: ${gains}`);
  snn.layers[0].gains.forEach((gain, neuron) => {
    assert.ok(Math.abs(gain - gains[Math.floor(neuron / 64)]) < 1e-5);
  });
  const [, [expected]] = l4Thresholds(naive, images, told, noise);
  assert.ok(Math.abs(thresholds[1][0] - expected) < 1e-5 * expected, `${thresholds[1][0]} is not ${expected}`);
  const [, [poisson]] = l4Thresholds(naive, images, told);
  assert.ok(Math.abs(expected - poisson) > 0.05 * poisson, "the noise that was measured says something");
  reproduces(snn, net, thresholds, margin);
  assert.throws(() => reproduces(snn, naive, thresholds, margin), /spikes/, "it sees a correction that is left out");
});

test("a convolution may have a bias for every value that it gives, which normalised inputs lead to as well", () => {
  // One pixel of 0.5 everywhere; a kernel of ones over 3 x 3 pixels reads 4, 6 or 9 of them.
  const ones = { type: "conv2d", outChannels: 1, kernel: 3, padding: 1, weights: new Float32Array(9).fill(1) };
  const input = new Float32Array(9).fill(0.5);
  const read = [4, 6, 4, 6, 9, 6, 4, 6, 4];
  const sums = (layers) => [...quartic.network({ inputShape: [1, 3, 3], layers }).predict(input)];
  const own = Float32Array.from(read, (_, place) => place);
  const expected = read.map((count, place) => count * 0.5 + place);
  assert.deepEqual(sums([{ ...ones, bias: own, activation: "linear" }, { type: "flatten" }]), expected);
  for (const length of [2, 18]) {
    assert.throws(() => sums([{ ...ones, bias: new Float32Array(length), activation: "linear" }]), {
      code: "shape-mismatch",
      message: /bias/,
    });
  }
  const statistics = { scale: [2], offset: [0], mean: [0.25], variance: [1] };
  const entries = Object.entries(statistics).map(([key, values]) => [key, Float32Array.from(values)]);
  const norm = { type: "batchNorm", ...Object.fromEntries(entries), epsilon: 0 };
  const scores = { type: "dense", weights: new Float32Array(18).fill(0.1), activation: "linear" };
  const layers = [norm, { ...ones, activation: "relu" }, { type: "flatten" }, scores];
  assert.deepEqual(
    sums(layers.slice(0, 2)).map((sum) => Math.round(sum * 1e5) / 1e5),
    read.map((count) => count * 0.5),
  );
  const normalised = quartic.network({ inputShape: [1, 3, 3], layers });
  assert.deepEqual(
    normalised.layers.map(({ type }) => type),
    ["conv2d", "flatten", "dense"],
  );
  const snn = quartic.convert(normalised, { calibration: input, steps: 400 });
  const again = quartic.readSnn(snn.save());
  const run = { steps: 400, seed: 1 };
  assert.deepEqual([...again.run(input, run).scores], [...snn.run(input, run).scores]);
  // Sums at the border are smaller; each rate stands for its own.
  const { spikes } = snn.run(input, { ...run, record: ["spikes"] });
  const counts = new Array(9).fill(0);
  for (const neuron of spikes[1].neuron) counts[neuron]++;
  const { thresholds } = snn.layers[0];
  counts.forEach((count, place) => {
    const found = (count / 400) * thresholds[place];
    assert.ok(Math.abs(found - read[place] * 0.5) < 0.45, `${place}: ${found}, not ${read[place] * 0.5}`);
  });
  assert.throws(() => snn.save("nir"), { code: "unsupported-layer", message: /from position to position/ });
});
