// Saving spiking networks and reading them again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { denseSpec, intensities } from "./lib/fixtures.mjs";
import { refused } from "./lib/refused.mjs";

const quartic = await load();
const calibration = intensities(8, 20);
const ann = quartic.network(denseSpec([20, 40, 5]));
const snn = quartic.convert(ann, { calibration, floor: -0.5, initialPotential: 0.25, name: "mine" });
const input = calibration.subarray(0, 20);
const run = (network) => network.run(input, { seed: 7, steps: 60, record: ["spikes", "potentials"] });

test("a network that was saved gives the same run when it is read again", () => {
  const again = quartic.readSnn(snn.save());
  assert.equal(again.name, "mine");
  assert.deepEqual(again.layers, snn.layers);
  assert.equal(again.functionError, snn.functionError);
  assert.deepEqual(run(again), run(snn));
  assert.deepEqual(again.save(), snn.save("safetensors"));
  assert.equal(quartic.readSnn(snn.save(), { name: "other" }).name, "other");
});

test("a network that was read is compared at once, and evaluated with what it was converted from", async () => {
  const bytes = snn.save();
  const again = quartic.readSnn(bytes, { ann, name: "again" });
  let last;
  for await (const frame of quartic.compare([snn, again], input, { seed: 1, steps: 20 })) last = frame;
  assert.deepEqual(last.networks[0].counts, last.networks[1].counts);
  const data = { images: calibration, labels: [0, 1, 2, 3, 4, 0, 1, 2] };
  const { networks } = await quartic.evaluate([snn, again], data, { seed: 1, steps: 20 });
  assert.deepEqual(networks[0].predictions, networks[1].predictions);
  await assert.rejects(quartic.evaluate([quartic.readSnn(bytes)], data, { seed: 1 }), {
    code: "invalid-option",
    message: /without `ann`/,
  });
});

test("a network is read with no trained network that it cannot come from", () => {
  const bytes = snn.save();
  for (const widths of [[], [7], [40, 40]]) {
    const other = quartic.network(denseSpec([20, ...widths, 5]));
    refused(() => quartic.readSnn(bytes, { ann: other }), "shape-mismatch", "ann", "20 inputs");
  }
  // As many neurons, but other weights: another training of the same network.
  const retrained = quartic.network(denseSpec([20, 40, 5], { seed: 2 }));
  refused(() => quartic.readSnn(bytes, { ann: retrained }), "invalid-option", "`ann`", "L4 norm", "converted from");
  // Nothing has been lost by it.
  assert.equal(quartic.readSnn(bytes, { ann }).drift(input).length, snn.layers.length);
});

test("what a file could not hold is not converted", () => {
  refused(() => quartic.convert(ann, { calibration, initialPotential: 1 - 2 ** -40 }), "invalid-option", "initial");
  refused(
    () => quartic.convert(ann, { calibration, strength: 1e-38, headroom: null }),
    "conversion-failed",
    "`strength`",
    "biases",
  );
});

test("NIR files are HDF5 and refuse what NIR cannot express", () => {
  const plain = quartic.convert(ann, { calibration });
  assert.deepEqual([...plain.save("nir").subarray(0, 4)], [0x89, 0x48, 0x44, 0x46]);
  refused(() => snn.save("nir"), "unsupported-layer", "floor", "safetensors");
  refused(() => snn.save("onnx"), "invalid-option", "`format`", "onnx", "nir");
  refused(() => snn.save(5), "invalid-option", "`format`", "5");
});

test("wrong files and options are refused", () => {
  const bytes = snn.save();
  for (const length of [0, 7, 8, 100, bytes.length - 1]) {
    refused(() => quartic.readSnn(bytes.subarray(0, length)), "invalid-model");
  }
  refused(() => quartic.readSnn("bytes"), "invalid-option", "`bytes`");
  for (const wrong of [{}, null]) refused(() => quartic.readSnn(bytes, { ann: wrong }), "invalid-option", "`ann`");
  refused(() => quartic.readSnn(bytes, { name: "" }), "invalid-option", "`name`");
  refused(() => quartic.readSnn(bytes, { names: "" }), "invalid-option", "`names`");
  const other = quartic.network(denseSpec([20, 40, 6]));
  refused(() => quartic.readSnn(bytes, { ann: other }), "shape-mismatch", "ann", "[40, 6]");
  refused(() => quartic.readModel(bytes), "invalid-model", "readSnn");
  refused(
    () => quartic.readSnn(quartic.convert(ann, { calibration }).save("nir")),
    "invalid-model",
    "NIR",
    "safetensors",
  );
});

test("closed networks are neither saved nor attached", () => {
  const gone = quartic.convert(ann, { calibration });
  gone.close();
  refused(() => gone.save(), "closed");
});

test("names are counted in characters, and come back whole", () => {
  const name = "層".repeat(199);
  const spec = denseSpec([20, 40, 5]);
  const long = quartic.network({
    ...spec,
    layers: spec.layers.map((layer, index) => ({ ...layer, name: `${name}${index}` })),
  });
  const again = quartic.readSnn(quartic.convert(long, { calibration }).save());
  assert.deepEqual(
    again.layers.map((layer) => layer.name),
    spec.layers.map((_, index) => `${name}${index}`),
  );
});

test("a saved network with an empty name had no name", () => {
  const text = Buffer.from(quartic.convert(ann, { calibration, name: "mine" }).save()).toString("latin1");
  const [name, empty] = [String.raw`\"name\":\"mine\"`, String.raw`\"name\":\"\"    `];
  assert.ok(text.includes(name));
  assert.equal(quartic.readSnn(Buffer.from(text.replace(name, empty), "latin1").buffer).name, "saved");
});
