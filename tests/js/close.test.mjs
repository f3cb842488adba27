// Handles that were closed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { small } from "./lib/fixtures.mjs";
import { refused, refusedLater } from "./lib/refused.mjs";

const quartic = await load();

function fresh() {
  const { ann, ...rest } = small(quartic);
  return { ann, snn: quartic.convert(ann, { calibration: rest.calibration }), ...rest };
}

test("a trained network that was closed can no longer be used", () => {
  const { ann, calibration, input } = fresh();
  ann.close();
  refused(() => ann.predict(input), "closed", "network");
  refused(() => quartic.convert(ann, { calibration }), "closed", "network");
});

test("a spiking network that was closed can no longer be used", async () => {
  const { snn, input } = fresh();
  snn.close();
  refused(() => snn.run(input), "closed", "spiking network");
  await refusedLater(quartic.compare([snn], input).next(), "closed", "spiking network");
  await refusedLater(quartic.evaluate([snn], { images: input, labels: [0] }), "closed", "spiking network");
});

test("closing twice does nothing more", () => {
  const { ann, snn } = fresh();
  for (const handle of [ann, snn, ann, snn]) handle.close();
});

test("what was known of a closed handle can still be read", () => {
  const { ann, snn } = fresh();
  ann.close();
  snn.close();
  assert.deepEqual([ann.inputs, ann.outputs], [20, 5]);
  assert.equal(snn.layers[2].thresholds.length, 5);
});

test("a spiking network outlives the trained one", async () => {
  const { ann, snn, input } = fresh();
  const before = snn.run(input, { seed: 1 });
  ann.close();
  assert.deepEqual(snn.run(input, { seed: 1 }), before);
  assert.equal((await quartic.evaluate([snn], { images: input, labels: [0] })).images, 1);
});

test("handles can be disposed of with `using`", () => {
  assert.equal(typeof Symbol.dispose, "symbol");
  const { ann, snn, input } = fresh();
  for (const handle of [ann, snn]) {
    handle[Symbol.dispose]();
    handle[Symbol.dispose]();
  }
  refused(() => snn.run(input), "closed");
  refused(() => ann.predict(input), "closed");
});

test("making and closing many networks does not use up the memory", () => {
  const { ann, calibration, input } = fresh();
  const results = Array.from({ length: 3000 }, () => {
    const snn = quartic.convert(ann, { calibration });
    const { prediction } = snn.run(input, { seed: 1, steps: 2 });
    snn.close();
    return prediction;
  });
  assert.equal(new Set(results).size, 1);
});
