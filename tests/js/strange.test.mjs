// Strange values, wherever a value may stand: each works or is refused, and none is a fault of the package.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, QuarticError } from "quartic-snn";
import { small } from "./lib/fixtures.mjs";
import { refused } from "./lib/refused.mjs";

const quartic = await load();
const { spec, ann, calibration, input } = small(quartic);
const snn = quartic.convert(ann, { calibration });

const circular = {};
circular.self = circular;
const strange = [
  ...[null, undefined, true, -0, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, Number.NaN, Number.NEGATIVE_INFINITY],
  ...["", "x", "0", "__proto__", "\u{1f4a5}".repeat(100), 10n, 2n ** 70n, Symbol("s"), () => 1],
  ...[{}, [], [[]], [null], circular, Object.create(null), new Date(0), new Map(), new Proxy({}, {})],
  ...[
    new Float32Array(),
    new Float32Array(20),
    new Float64Array(20),
    new ArrayBuffer(8),
    new DataView(new ArrayBuffer(8)),
  ],
];

/** Calls with every strange value and counts how often it was refused. */
async function harmless(title, call) {
  for (const [index, value] of strange.entries()) {
    try {
      await call(value);
    } catch (error) {
      const which = `${title}, value ${index}: ${error?.stack}`;
      assert.ok(error instanceof QuarticError, which);
      assert.notEqual(error.code, "internal", which);
      assert.ok(error.message.length < 600, which);
    }
  }
}

/** With every strange value for every one of these keys, beside the options that are given. */
async function harmlessOptions(keys, given, call) {
  for (const key of keys) await harmless(key, (value) => call({ ...given, [key]: value }));
}

test("strange values are no faults in networks", async () => {
  const layer = { type: "dense", weights: new Float32Array(20), bias: new Float32Array(1), activation: "linear" };
  await harmless("network", (value) => quartic.network(value));
  await harmlessOptions(["inputShape", "layers"], spec, (options) => quartic.network(options));
  await harmless("size", (value) => quartic.network({ ...spec, inputShape: [value] }));
  await harmless("layer", (value) => quartic.network({ ...spec, layers: [value] }));
  await harmlessOptions(Object.keys(layer), layer, (options) => quartic.network({ ...spec, layers: [options] }));
  await harmless("predict", (value) => ann.predict(value));
  await harmless("readModel", (value) => quartic.readModel(value));
  await harmless("format", (value) => quartic.readModel(new Uint8Array(9), { format: value }));
});

test("strange values are no faults in conversions", async () => {
  const keys = [
    "base",
    "percentile",
    "adjustment",
    "strength",
    "headroom",
    "noiseLimit",
    "steps",
    "inputRate",
    "reset",
  ];
  const more = ["floor", "initialPotential", "readout", "name", "calibration", "", "a.b", "0"];
  await harmlessOptions([...keys, ...more], { calibration }, (options) => quartic.convert(ann, options));
  await harmless("ann", (value) => quartic.convert(value, { calibration }));
  await harmless("options", (value) => quartic.convert(ann, value));
});

test("strange values are no faults in runs, comparisons and evaluations", async () => {
  const first = async (networks, values, options) => {
    const frames = quartic.compare(networks, values, options);
    await frames.next();
    await frames.return();
  };
  const data = { images: input, labels: [0] };
  await harmless("input", (value) => snn.run(value));
  await harmless("run", (value) => snn.run(input, value));
  await harmless("compare", (value) => first([snn], input, value));
  await harmless("compared", (value) => first(value, input));
  await harmless("compared one", (value) => first([snn, value], input));
  await harmless("compared input", (value) => first([snn], value));
  await harmless("evaluate", (value) => quartic.evaluate([snn], data, value));
  await harmless("evaluated", (value) => quartic.evaluate([value], data));
  await harmless("data", (value) => quartic.evaluate([snn], value));
  await harmlessOptions(["images", "labels"], data, (changed) => quartic.evaluate([snn], changed));
  for (const key of ["steps", "seed", "stream", "record", "signal", "stepsPerFrame", "onProgress"]) {
    await harmless(key, (value) => snn.run(input, { [key]: value }));
    await harmless(key, (value) => first([snn], input, { [key]: value }));
    if (key === "onProgress") continue;
    await harmless(key, (value) => quartic.evaluate([snn], data, { [key]: value }));
  }
});

test("strange values are no faults in drawings", async () => {
  const ink = new Float32Array(20).fill(1);
  const size = { width: 5, height: 4 };
  assert.equal(quartic.mnistDigit(ink, size).length, 784);
  // A line across all of a drawing is 20 wide.
  const line = Float32Array.from({ length: 32 }, (_, index) => Number(index >= 8 && index < 16));
  const digit = quartic.mnistDigit(line, { width: 8, height: 4 });
  const rows = Array.from({ length: 28 }, (_, row) => Math.max(...digit.subarray(28 * row, 28 * (row + 1))));
  assert.ok(rows.filter((most) => most > 0).length <= 5);
  await harmless("ink", (value) => quartic.mnistDigit(value, size));
  await harmless("size", (value) => quartic.mnistDigit(ink, value));
  refused(() => quartic.mnistDigit(ink, { width: 5 }), "invalid-option", "`height`", "undefined");
  await harmlessOptions(["width", "height"], size, (changed) => quartic.mnistDigit(ink, changed));
});

test("after all this the module still gives the same spikes", () => {
  const again = quartic.convert(ann, { calibration });
  assert.deepEqual(again.run(input, { seed: 1, record: ["spikes"] }), snn.run(input, { seed: 1, record: ["spikes"] }));
});
