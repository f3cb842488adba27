// One run of one network.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { small } from "./lib/fixtures.mjs";
import { raisedBy } from "./lib/naive.mjs";
import { refused } from "./lib/refused.mjs";

const quartic = await load();
const { widths, ann, calibration, input } = small(quartic);
const snn = quartic.convert(ann, { calibration });
const record = ["spikes", "potentials"];

test("the same seed gives the same run", () => {
  const [first, again] = [1, 2].map(() => snn.run(input, { seed: 42, record }));
  assert.deepEqual(first, again);
  assert.equal(first.seed, 42);
});

test("another seed or another stream gives other spikes", () => {
  const spikes = (options) => snn.run(input, { record, ...options }).spikes;
  assert.notDeepEqual(spikes({ seed: 1 }), spikes({ seed: 2 }));
  assert.notDeepEqual(spikes({ seed: 1 }), spikes({ seed: 1, stream: 1 }));
  assert.deepEqual(spikes({ seed: 1 }), spikes({ seed: 1, stream: 0 }));
});

test("a seed that was drawn is in the result and repeats the run", () => {
  const drawn = snn.run(input, { record });
  assert.ok(Number.isSafeInteger(drawn.seed) && drawn.seed >= 0);
  assert.deepEqual(snn.run(input, { record, seed: drawn.seed }), drawn);
  assert.notEqual(snn.run(input).seed, drawn.seed);
});

test("the first steps of a longer run are those of a shorter one", () => {
  const [short, long] = [70, 200].map((steps) => snn.run(input, { steps, seed: 3, record }));
  short.spikes.forEach(({ step, neuron }, layer) => {
    assert.deepEqual(long.spikes[layer].step.subarray(0, step.length), step);
    assert.deepEqual(long.spikes[layer].neuron.subarray(0, neuron.length), neuron);
  });
});

test("spikes are recorded for every layer in order, at most one per neuron and step", () => {
  const { spikes, steps } = snn.run(input, { steps: 130, seed: 4, record });
  assert.equal(steps, 130);
  assert.deepEqual(
    spikes.map(({ layer }) => layer),
    [0, 1, 2, 3],
  );
  for (const { layer, step, neuron } of spikes) {
    assert.ok(step instanceof Uint32Array && neuron instanceof Uint32Array);
    assert.equal(step.length, neuron.length);
    const keys = Array.from(step, (at, index) => at * widths[layer] + neuron[index]);
    assert.ok(
      keys.every((key, index) => index === 0 || key > keys[index - 1]),
      `layer ${layer} is not in order`,
    );
    assert.ok(neuron.every((index) => index < widths[layer]) && step.every((at) => at < 130));
  }
});

test("inputs of intensity 0 never fire, and those of intensity 1 do at every step where the rate is 1", () => {
  const certain = quartic.convert(ann, { calibration, inputRate: 1 });
  const binary = Float32Array.from({ length: 20 }, (_, index) => index % 2);
  const { spikes } = certain.run(binary, { steps: 10, seed: 1, record });
  assert.equal(spikes[0].neuron.length, 100);
  assert.ok(spikes[0].neuron.every((index) => index % 2 === 1));
});

test("counts, totals and synaptic operations agree with the recorded spikes", () => {
  const { spikes, counts, spikesPerLayer, synapticOperations } = snn.run(input, { seed: 5, record });
  const last = spikes.at(-1).neuron;
  assert.deepEqual(
    [...counts],
    [0, 1, 2, 3, 4].map((k) => last.filter((neuron) => neuron === k).length),
  );
  assert.deepEqual(
    spikesPerLayer,
    spikes.map(({ step }) => step.length),
  );
  const operations = spikesPerLayer.reduce((sum, fired, layer) => sum + fired * (widths[layer + 1] ?? 0), 0);
  assert.equal(synapticOperations, operations);
});

test("scores are counts times thresholds, and the prediction has the highest", () => {
  const { counts, scores, prediction } = snn.run(input, { seed: 6 });
  const { thresholds } = snn.layers.at(-1);
  scores.forEach((score, k) => {
    assert.ok(Math.abs(score - counts[k] * thresholds[k]) < 1e-4);
  });
  assert.equal(scores[prediction], Math.max(...scores));
});

test("nothing is recorded unless asked for, and recording changes nothing else", () => {
  const { spikes, potentials, ...rest } = snn.run(input, { seed: 7 });
  assert.deepEqual([spikes, potentials], [[], []]);
  const { spikes: all, potentials: none, ...same } = snn.run(input, { seed: 7, record: ["spikes"] });
  assert.deepEqual([all.length, none.length], [4, 0]);
  assert.deepEqual(same, rest);
});

test("potentials are recorded for every neuron and step, and spikes are where they reach the threshold and its margin", () => {
  const { spikes, potentials } = snn.run(input, { steps: 70, seed: 8, record });
  assert.deepEqual(
    potentials.map(({ layer, neurons }) => [layer, neurons]),
    [
      [1, 40],
      [2, 30],
      [3, 5],
    ],
  );
  for (const { layer, neurons, values } of potentials) {
    assert.equal(values.length, 70 * neurons);
    const { margin } = snn.layers[layer - 1];
    assert.deepEqual(margin, { size: 0.5, steps: 100 });
    const limit = (index) => raisedBy(margin.size, Math.floor(index / neurons), margin.steps);
    const reached = [...values.keys()].filter((index) => values[index] >= limit(index));
    const { step, neuron } = spikes[layer];
    assert.deepEqual(
      reached,
      Array.from(step, (at, index) => at * neurons + neuron[index]),
    );
  }
});

test("results are owned: they survive other runs and the closing of their network", () => {
  const own = quartic.convert(ann, { calibration });
  const result = own.run(input, { seed: 9, record });
  const copy = structuredClone(result);
  const thresholds = own.layers[0].thresholds.slice();
  own.run(input, { seed: 10, steps: 5000, record });
  own.close();
  snn.run(input, { seed: 11, steps: 5000, record });
  assert.deepEqual(result, copy);
  assert.deepEqual(own.layers[0].thresholds, thresholds);
  structuredClone(result.counts, { transfer: [result.counts.buffer] });
  assert.equal(snn.run(input, { seed: 9 }).counts.length, 5);
});

test("inputs of a wrong length, kind or range are refused", () => {
  const changed = (value) => Float32Array.from(input, (old, index) => (index === 3 ? value : old));
  refused(() => snn.run(input.subarray(1)), "shape-mismatch", "input", "20", "19");
  refused(() => snn.run(new Float32Array()), "shape-mismatch", "input", "0");
  for (const value of [Number.NaN, -0.1, 1.1]) {
    refused(() => snn.run(changed(value)), "invalid-input", "input", `${value}`, "index 3");
  }
  refused(() => snn.run([...input]), "invalid-option", "`input`", "an array of 20");
  refused(() => snn.run(new Float64Array(20)), "invalid-option", "`input`", "Float64Array of 160 bytes");
  refused(() => snn.run(undefined), "invalid-option", "`input`", "undefined");
  const gone = input.slice();
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  refused(() => snn.run(gone), "invalid-option", "`input`", "transferred");
});

test("options of a run out of range, of a wrong type or unknown are refused with the value", () => {
  const cases = {
    steps: [0, -1, 1.5, Number.NaN, 1_000_001, "abc", "100"],
    seed: [-1, 0.5, Number.NaN, 2 ** 53, "abc"],
    stream: [-1, 0.5, Number.NaN, 2 ** 53, "abc"],
  };
  for (const [option, values] of Object.entries(cases)) {
    for (const value of values)
      refused(() => snn.run(input, { [option]: value }), "invalid-option", `\`${option}\``, `${value}`);
  }
  refused(() => snn.run(input, { record: "spikes" }), "invalid-option", "`record`", "spikes");
  refused(() => snn.run(input, { record: ["weights"] }), "invalid-option", "record", "weights");
  refused(() => snn.run(input, { step: 5 }), "invalid-option", "`step`", "steps, seed, stream, record");
  refused(() => snn.run(input, 100), "invalid-option", "`options`", "100");
});

test("a recording that would not fit into memory is refused with an estimate", () => {
  const record = ["potentials"];
  refused(() => snn.run(input, { steps: 1_000_000, record }), "too-large", "287 MiB", "256 MiB", "894784 steps");
  const lively = quartic.convert(ann, { calibration, strength: 0.01, headroom: null, inputRate: 1 });
  refused(() => lively.run(input, { steps: 1_000_000, record: ["spikes"] }), "too-large", "spikes", "256 MiB");
});

test("more than 2^32 synaptic operations of a layer in one block were counted without 2^32", () => {
  const layers = [
    { type: "avgPool2d", kernel: 3, stride: 1 },
    { type: "flatten" },
    { type: "dense", weights: new Float32Array(62 * 62 * 2048).fill(1e-4), activation: "relu" },
    { type: "dense", weights: new Float32Array(2 * 2048).fill(0.01), activation: "linear" },
  ];
  const input = new Float32Array(64 * 64).fill(1);
  const ann = quartic.network({ inputShape: [1, 64, 64], layers });
  const snn = quartic.convert(ann, { calibration: input, adjustment: "none", base: "none", inputRate: 1 });
  const steps = 64;
  const { synapticOperations, spikesPerLayer } = snn.run(input, { steps, seed: 1 });
  // At rate 1 every pixel spikes in every step, and reaches all windows that it is in.
  assert.equal(synapticOperations, steps * 62 * 62 * 9 * 2048 + spikesPerLayer[1] * 2);
});
