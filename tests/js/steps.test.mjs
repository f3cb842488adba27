// A network runs for the steps that it was converted for, wherever nothing else is said.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { load, runDefaults } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { intensities, small } from "./lib/fixtures.mjs";
import { refused } from "./lib/refused.mjs";

const here = await load();
const there = await loadWorker();
after(() => there.close());

const { ann, spec, calibration, input } = small(here);
const remoteAnn = await there.network(spec);
const data = { images: intensities(6, 20, 55), labels: [0, 1, 2, 3, 4, 0] };

const convert = (steps) => here.convert(ann, { calibration, ...(steps && { steps }) });

async function framesOf(api, networks, options) {
  let count = 0;
  for await (const _ of api.compare(networks, input, options)) count += 1;
  return count;
}

test("a network that was converted for other steps ran for 100 all the same", async () => {
  const snn = convert(7);
  const remote = await there.convert(remoteAnn, { calibration, steps: 7 });
  assert.deepEqual([snn.steps, remote.steps], [7, 7]);
  assert.equal(snn.run(input).steps, 7);
  assert.equal((await remote.run(input)).steps, 7);
  assert.deepEqual([await framesOf(here, [snn]), await framesOf(there, [remote])], [7, 7]);
  for (const result of [await here.evaluate([snn], data), await there.evaluate([remote], data, { workers: 2 })]) {
    assert.equal(result.steps, 7);
    assert.equal(result.networks[0].accuracyByStep.length, 7);
  }
});

test("of networks for different steps the most count, and what is said counts more", async () => {
  const [few, many, usual] = [convert(5), convert(9), convert()];
  assert.equal(usual.steps, 100);
  assert.equal(await framesOf(here, [few, many]), 9);
  assert.equal(await framesOf(here, [few, many], { steps: 3 }), 3);
  assert.equal((await here.evaluate([few, many], data, { steps: 4 })).steps, 4);
  assert.equal(few.run(input, { steps: 6 }).steps, 6);
  for (const steps of [null, undefined, runDefaults.steps]) assert.equal(few.run(input, { steps }).steps, 5);
  refused(() => few.run(input, { steps: "5" }), "invalid-option", "`steps`", "a number, or null");
  refused(() => few.run(input, { steps: 0 }), "invalid-option", "`steps`", "1000000");
});

test("a saved network knows its steps, the length of its input and its input rate", async () => {
  const snn = here.convert(ann, { calibration, steps: 12, inputRate: 0.5, adjustment: "none" });
  for (const again of [here.readSnn(snn.save()), await there.readSnn(snn.save())]) {
    assert.deepEqual([again.steps, again.inputs, again.inputRate], [12, 20, 0.5]);
  }
});
