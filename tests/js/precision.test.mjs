// Fixed point against a plain simulator in whole numbers, and where it is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { convertDefaults, load } from "quartic-snn";
import { small } from "./lib/fixtures.mjs";
import { initialOf, marginOf, raisedBy } from "./lib/naive.mjs";
import { refused } from "./lib/refused.mjs";

const quartic = await load();
const { spec, ann, calibration, input } = small(quartic);
const steps = 80;
const unit = 1024;
const convert = (options) => quartic.convert(ann, { calibration, precision: "fixed", ...options });
const run = (snn) => snn.run(input, { steps, seed: 3, record: ["spikes", "potentials"] });

const within = (v) => Math.max(-32768, Math.min(32767, v));

/** To the nearest whole number, to the even one from the middle; as a 32-bit number first, as weights are folded. */
function rounded(value) {
  const scaled = Math.fround(value) * unit;
  const below = Math.floor(scaled);
  const above = scaled - below;
  return above > 0.5 || (above === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** One neuron over all steps: the steps in which it fires, and its potentials. `read[step]` are the inputs that spike. */
function neuron(weights, drive, read, options) {
  const { reset, floor, steps: prepared } = options;
  const margin = Math.fround(marginOf(options));
  let v = Math.floor(initialOf(options) * unit);
  const [fired, potentials] = [[], []];
  for (const [step, inputs] of read.entries()) {
    v = inputs.reduce((sum, i) => within(sum + weights[i]), within(v + drive));
    if (floor !== null) v = Math.max(v, rounded(floor));
    potentials.push(v / unit);
    if (v < rounded(raisedBy(margin, step, prepared))) continue;
    v = reset === "zero" ? 0 : v - unit;
    fired.push(step);
  }
  return { fired, potentials };
}

/** Neuron by neuron of every layer, from the input spikes on. */
function simulate(snn, input, options) {
  let read = Array.from({ length: steps }, (_, step) =>
    [...input.neuron].filter((_, index) => input.step[index] === step),
  );
  let amplitudes = new Array(ann.inputs).fill(1 / convertDefaults.inputRate);
  return spec.layers.map(({ weights, bias }, layer) => {
    const thresholds = Array.from(snn.layers[layer].thresholds);
    const neurons = thresholds.map((theta, j) => {
      const folded = amplitudes.map((amplitude, i) =>
        rounded((weights[j * amplitudes.length + i] * amplitude) / theta),
      );
      return neuron(folded, rounded(bias[j] / theta), read, options);
    });
    const all = neurons.map((_, j) => j);
    read = read.map((_, step) => all.filter((j) => neurons[j].fired.includes(step)));
    amplitudes = thresholds;
    return neurons;
  });
}

test("fixed point gives the spikes and potentials of a simulator in whole numbers, to the last bit", () => {
  for (const options of [
    {},
    { adjustment: "none" },
    { reset: "zero", floor: -0.3, initialPotential: 0.7 },
    // With a margin that is gone after some of the steps.
    { margin: 2.3, steps: 50, floor: 0 },
    // Thresholds so small that sums reach the ends of the range.
    { adjustment: "none", percentile: 40 },
  ]) {
    const snn = convert({ biasCorrection: false, ...options });
    const result = run(snn);
    assert.ok(result.spikesPerLayer.slice(1).reduce((sum, spikes) => sum + spikes) > 50);
    const layers = simulate(snn, result.spikes[0], { ...convertDefaults, ...options });
    for (const [index, neurons] of layers.entries()) {
      const [spikes, { values }] = [result.spikes[index + 1], result.potentials[index]];
      for (const [j, { fired, potentials }] of neurons.entries()) {
        const of = (_, at) => spikes.neuron[at] === j;
        assert.deepEqual([...spikes.step].filter(of), fired, JSON.stringify(options));
        assert.deepEqual(
          [...values].filter((_, at) => at % neurons.length === j),
          potentials,
        );
      }
    }
  }
});

test("fixed point and 32 bits are compared and evaluated on the same spikes", async () => {
  const networks = [convert({ precision: "f32", name: "f32" }), convert({ name: "fixed" })];
  const data = { images: calibration, labels: new Uint8Array(calibration.length / ann.inputs) };
  const { networks: results } = await quartic.evaluate(networks, data, { seed: 1, steps });
  const equal = results[0].predictions.filter((prediction, index) => prediction === results[1].predictions[index]);
  assert.ok(equal.length >= 0.9 * results[0].predictions.length, `${equal.length} decisions are the same`);
  let last;
  for await (const frame of quartic.compare(networks, input, { seed: 1, steps })) last = frame;
  assert.equal(last.networks[1].spikesPerLayer[0], last.networks[0].spikesPerLayer[0]);
});

test("a network in fixed point is checked, saved and read again", () => {
  for (const readout of ["count", "potential"]) {
    const snn = convert({ readout, initialPotential: 0.3 });
    assert.ok(snn.functionError > 1e-5 && snn.functionError <= 0.05, `${snn.functionError}`);
    const again = quartic.readSnn(snn.save());
    assert.deepEqual(run(again), run(snn));
    assert.deepEqual(again.save(), snn.save());
  }
  assert.deepEqual([...convert().save("nir").subarray(0, 4)], [0x89, 0x48, 0x44, 0x46]);
});

test("weights that are too large or too small beside their thresholds are refused with a way out", () => {
  const large = { adjustment: "none", base: "none", inputRate: 0.001 };
  refused(() => convert(large), "conversion-failed", "layer `dense0`", "times its threshold", "at most 32.0", "`f32`");
  refused(() => convert({ steps: 1e6, strength: 50 }), "conversion-failed", "fixed point", "rounding", "`f32`");
  for (const precision of ["f16", 16, null]) refused(() => convert({ precision }), "invalid-option", "`precision`");
});
