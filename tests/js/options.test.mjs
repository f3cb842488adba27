// What is refused of options before the core sees them: the message names what would do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { convertDefaults, load } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { intensities, small } from "./lib/fixtures.mjs";
import { refused, refusedLater } from "./lib/refused.mjs";

const quartic = await load();
const { ann, spec, calibration } = small(quartic);
const snn = quartic.convert(ann, { calibration });
const input = intensities(1, 20, 3);
const data = { images: input, labels: [0] };
const convert = (options) => quartic.convert(ann, { calibration, ...options });

async function details(call) {
  try {
    await call();
  } catch (error) {
    return error.details;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

test("options of a wrong kind are told what would do", async () => {
  refused(() => convert({ base: "median" }), "invalid-option", "`base`", '"percentile"', '"balanced"', '"median"');
  refused(() => convert({ base: null }), "invalid-option", "`base`", '"max"', "got null");
  refused(() => convert({ steps: 100n }), "invalid-option", "`steps` must be a number, got 100n");
  refused(() => convert({ floor: "none" }), "invalid-option", "`floor` must be a number, or null", '"none"');
  refused(() => convert({ signed: 1 }), "invalid-option", "`signed` must be true or false, got 1");
  refused(() => convert({ noise: "gauss" }), "invalid-option", '"measured"', "or null", '"gauss"');
  refused(() => snn.run(input, { seed: "5" }), "invalid-option", '`seed` must be a number, got "5"');
  refused(() => snn.run(input, { record: [1] }), "invalid-option", "`record[0]`", '"spikes" or "potentials"', "got 1");
  refused(() => snn.run(input, { record: "spikes" }), "invalid-option", '"spikes" and "potentials"');
  await refusedLater(quartic.evaluate([snn], data, { steps: {} }), "invalid-option", "`steps` must be a number");
});

test("every option of a conversion may be said as it is where nothing is said", () => {
  const same = convert({ ...convertDefaults, name: snn.name });
  assert.deepEqual(same.layers, snn.layers);
  same.close();
});

test("options that null stands for an own choice of take it", () => {
  const choices = ["strength", "margin", "headroom", "floor", "initialPotential", "noise", "noiseLimit"];
  for (const key of [...choices, "biasCorrection", "gainCorrection"]) convert({ [key]: null }).close();
  assert.equal(snn.run(input, { steps: null }).steps, snn.steps);
});

test("what every object has is an unknown key as well", () => {
  for (const key of ["constructor", "toString", "hasOwnProperty"]) {
    refused(() => snn.run(input, { [key]: 1 }), "invalid-option", `\`${key}\``, "an unknown key");
  }
});

test("an unknown key is told those of its call, and nothing of others", async () => {
  const told = async (call) => {
    const { option, received, allowed } = await details(call);
    assert.deepEqual([option, received], ["foo", "an unknown key"]);
    return allowed.replace("one of: ", "").split(", ").sort();
  };
  const foo = { foo: 1 };
  assert.deepEqual(await told(() => snn.run(input, foo)), ["record", "seed", "steps", "stream"]);
  assert.deepEqual(await told(() => quartic.compare([snn], input, foo).next()), [
    "record",
    "seed",
    "signal",
    "steps",
    "stepsPerFrame",
    "stream",
  ]);
  assert.deepEqual(await told(() => quartic.evaluate([snn], data, foo)), ["onProgress", "seed", "signal", "steps"]);
  const ofConversion = [...Object.keys(convertDefaults), "calibration", "name"].sort();
  assert.deepEqual(await told(() => convert(foo)), ofConversion);
  assert.deepEqual(await told(() => quartic.mnistDigit(input, { width: 5, height: 4, ...foo })), ["height", "width"]);
  const worker = await loadWorker();
  const remote = await worker.network(spec);
  const ofWorker = [...ofConversion, "onProgress", "signal"].sort();
  assert.deepEqual(await told(() => worker.convert(remote, { calibration, ...foo })), ofWorker);
  worker.close();
});

test("a list is no object of options, however long it is", () => {
  for (const [list, length] of [
    [[], 0],
    [[1], 1],
  ]) {
    refused(() => snn.run(input, list), "invalid-option", `\`options\` must be an object, got an array of ${length}`);
  }
});

test("objects that keep what they have elsewhere are no options", () => {
  class Getters {
    get steps() {
      return 0;
    }
  }
  const hidden = [new Map([["steps", 0]]), new Date(), new Float32Array(0), Object.create({ steps: 0 }), new Getters()];
  for (const options of hidden) {
    refused(() => snn.run(input, options), "invalid-option", "`options`", "properties of its own");
  }
  class Own {
    steps = 3;
    seed = 1;
  }
  for (const options of [{}, Object.create(null), new Own()]) assert.ok(snn.run(input, options).steps > 0);
});

test("a source of the module of a wrong kind is refused where there is a module already", async () => {
  for (const wasm of [42, "quartic_snn_bg.wasm", null, {}]) {
    await refusedLater(load({ wasm }), "invalid-option", "`wasm`", "a URL");
  }
  assert.equal((await load({ wasm: Promise.resolve(new Response()) })).version, quartic.version);
});

test("labels that are no whole numbers are told what would do", async () => {
  for (const label of [-1, 0.5, Number.NaN, "1"]) {
    const { allowed, index } = await details(() => quartic.evaluate([snn], { images: input, labels: [label] }));
    assert.match(allowed, /whole numbers/);
    assert.equal(index, 0);
  }
});
