// Conversion and engine against an independent oracle: it knows the trained weights, the calibration inputs and the recorded
// input spikes, and nothing of folding, blocks or vectors.

import assert from "node:assert/strict";
import { test } from "node:test";
import { convertDefaults, load } from "quartic-snn";
import { small } from "./lib/fixtures.mjs";
import { disagreement, simulate } from "./lib/naive.mjs";
import { correctedLayers, thresholdsOf } from "./lib/oracle.mjs";

const quartic = await load();
const { widths, spec, ann, calibration, input } = small(quartic);
// So many that no sum comes so near to a limit that 32 bits decide otherwise than 64: one spike moves later thresholds.
const steps = 110;
const inputs = Array.from({ length: calibration.length / widths[0] }, (_, n) =>
  calibration.subarray(n * widths[0], (n + 1) * widths[0]),
);

function reproduces(options) {
  const title = JSON.stringify(options);
  const all = { ...convertDefaults, ...options, steps };
  const snn = quartic.convert(ann, { ...options, steps, calibration });
  // The input spikes of the calibration inputs, as any network reads them.
  const reader = quartic.convert(ann, { calibration, adjustment: "none", inputRate: all.inputRate });
  const flips = (n) => {
    if (all.coding === "constant") return { step: [], neuron: [] };
    return reader.run(inputs[n], { steps, seed: 1, stream: n, record: ["spikes"] }).spikes[0];
  };
  const { layers: trained, noise } = correctedLayers(spec.layers, inputs, snn.layers, all, flips);
  thresholdsOf(spec.layers, inputs, all, flips, noise).forEach((expected, layer) => {
    const { thresholds } = snn.layers[layer];
    assert.equal(thresholds.length, expected.length);
    thresholds.forEach((theta, j) => {
      assert.ok(Math.abs(theta - expected[j]) <= 1e-5 * expected[j], `threshold ${j} of layer ${layer}: ${title}`);
    });
  });
  const run = snn.run(input, { steps, seed: 3, record: ["spikes", "potentials"] });
  const layers = simulate(trained, snn.layers, run.spikes[0], { ...all, input });
  let spikes = 0;
  let different = 0;
  layers.forEach((layer, index) => {
    const pair = disagreement(run.spikes[index + 1], layer.spikes);
    spikes += pair.spikes;
    different += pair.different;
  });
  assert.ok(spikes > 50, `only ${spikes} spikes: ${title}`);
  assert.ok(different <= 0.001 * spikes, `${different} of ${spikes} spikes differ: ${title}`);
  if (different > 0) return;
  layers.forEach((layer, index) => {
    const values = layer.traces.flat();
    run.potentials[index].values.forEach((value, at) => {
      assert.ok(Math.abs(value - values[at]) < 1e-3 * Math.max(1, Math.abs(values[at])), `potential ${at}: ${title}`);
    });
  });
}

const adjustments = ["none", "l4", "l4-relative", "l2", "l1", "uniform", "exact"];
const bases = ["percentile", "none", "max", "channel", "weights", "mse", "balanced"];

for (const adjustment of adjustments) {
  test(`a plain simulator of the trained weights reproduces the spikes with the adjustment ${adjustment}`, () => {
    for (const reset of ["subtract", "zero"]) {
      for (const floor of [null, 0, -0.5]) reproduces({ adjustment, reset, floor });
    }
  });
}

for (const base of bases) {
  test(`a plain simulator of the trained weights reproduces the spikes with the base ${base}`, () => {
    for (const reset of ["subtract", "zero"]) {
      for (const floor of [null, 0, -0.5]) reproduces({ base, adjustment: "none", reset, floor });
    }
  });
}

test("a plain simulator reproduces input rate, initial potential and read-out by potential", () => {
  for (const readout of ["count", "potential"]) {
    for (const inputRate of [0.1, 1]) reproduces({ readout, inputRate, initialPotential: 0.5, floor: -1 });
  }
});

const methods = {
  "signed neurons": { adjustment: "none", signed: true },
  "signed neurons with L4 thresholds": { signed: true, noise: "propagated", strength: 0.5 },
  "a shift of half a threshold": { adjustment: "none", biasShift: 0.5 },
  "bias correction of a plain network": { adjustment: "none", biasCorrection: true },
  "gain correction of a plain network": { adjustment: "none", biasCorrection: true, gainCorrection: true },
  "gain correction of signed neurons": { signed: true },
  "gain correction with the noise of Poisson spikes": { noise: "poisson" },
  "measured noise of each neuron": { adjustment: "exact", noise: "measured", strength: 0.5 },
  "an adjustment with its biases corrected": { gainCorrection: false },
  "an adjustment without correction": { biasCorrection: false },
  "thresholds of least squares with correction": { adjustment: "none", base: "mse", biasCorrection: true },
  "least squares from half a threshold": { adjustment: "none", base: "mse", initialPotential: 0.5 },
  "a margin of a plain network": { adjustment: "none", margin: 2, initialPotential: 0.5 },
  "signed neurons without a margin": { signed: true, margin: 0 },
  "a margin above a low floor": { floor: -3, margin: 1.5 },
  "an adjustment without a margin": { margin: 0 },
  "a margin beside a reset to zero": { reset: "zero", margin: 1 },
  "headroom where the noise asks for less": { strength: 0.05, inputRate: 1, headroom: 90 },
  "headroom for a whole layer": { adjustment: "uniform", strength: 0.05, inputRate: 1 },
  "thresholds without headroom": { strength: 0.05, inputRate: 1, headroom: null },
  "constant currents": { adjustment: "none", coding: "constant" },
  "constant currents to signed neurons": {
    adjustment: "none",
    coding: "constant",
    signed: true,
    initialPotential: 0.5,
  },
  "the noise of coin flips": { noise: "bernoulli" },
  "the noise of coin flips at a high rate": { noise: "bernoulli", inputRate: 0.8, adjustment: "exact", headroom: null },
  "propagated noise of each neuron": { adjustment: "exact", noise: "propagated" },
};

for (const [name, options] of Object.entries(methods)) {
  test(`a plain simulator of the trained weights reproduces ${name}`, () => {
    for (const reset of ["subtract", "zero"]) {
      // Above a higher floor signed neurons have nothing to take back.
      for (const floor of [null, options.signed ? -1.5 : -0.5]) reproduces({ ...options, reset, floor });
    }
  });
}
