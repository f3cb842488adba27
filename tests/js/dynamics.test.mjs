// The engine against an independent simulator that knows nothing of folding, blocks or vectors.

import assert from "node:assert/strict";
import { test } from "node:test";
import { convertDefaults, load } from "quartic-snn";
import { small } from "./lib/fixtures.mjs";
import { disagreement, simulate } from "./lib/naive.mjs";

const quartic = await load();
const { spec, ann, calibration, input } = small(quartic);
const steps = 100;

function reproduces(options) {
  const all = { ...convertDefaults, ...options };
  const snn = quartic.convert(ann, { ...options, calibration });
  const run = snn.run(input, { steps, seed: 3, record: ["spikes", "potentials"] });
  const layers = simulate(spec.layers, snn.layers, run.spikes[0], { ...all, steps });
  let spikes = 0;
  let different = 0;
  layers.forEach((layer, index) => {
    const pair = disagreement(run.spikes[index + 1], layer.spikes);
    spikes += pair.spikes;
    different += pair.different;
  });
  const title = JSON.stringify(options);
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
const bases = ["percentile", "none", "max", "channel", "weights"];

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
