// Memory stays flat, however many handles come and go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { denseSpec, intensities, small } from "./lib/fixtures.mjs";
import { inFreshProcess } from "./lib/fresh.mjs";

/** What is allowed, in bytes. */
const MEGABYTE = 1e6;

test("10,000 networks made, run and closed leave the module's memory and the heap as they were", async () => {
  const { memory, heap, steps } = await inFreshProcess(`
    import { small } from "./fixtures.mjs";
    const quartic = await load();
    const { spec, calibration, input } = small(quartic);
    const cycle = () => {
      const ann = quartic.network(spec);
      const snn = quartic.convert(ann, { calibration: calibration.subarray(0, 60) });
      snn.run(input, { steps: 5, seed: 1, record: ["spikes", "potentials"] });
      snn.close();
      ann.close();
    };
    const held = () => { gc(); gc(); return { heap: process.memoryUsage().heapUsed, ...quartic.usage() }; };
    for (let round = 0; round < 500; round++) cycle();
    const before = held();
    for (let round = 0; round < 10_000; round++) cycle();
    const after = held();
    answer(Object.fromEntries(Object.keys(before).map((key) => [key, after[key] - before[key]])));
  `);
  // Each converts with six inputs that are simulated for 100 steps twice, and runs for 5.
  assert.equal(steps, 10_000 * (2 * 6 * 100 + 5));
  assert.ok(memory < MEGABYTE, `the module grew by ${memory} bytes`);
  assert.ok(heap < MEGABYTE, `the heap grew by ${heap} bytes`);
});

test("what is forgotten without being closed is freed as well", async () => {
  const { grown, size } = await inFreshProcess(`
    import { setTimeout } from "node:timers/promises";
    import { denseSpec, intensities } from "./fixtures.mjs";
    const quartic = await load();
    const spec = denseSpec([100, 1000, 10]);
    const size = 4 * 1000 * 110;
    const rounds = async (count) => {
      for (let round = 0; round < count; round++) {
        const ann = quartic.network(spec);
        quartic.convert(ann, { calibration: intensities(2, 100) });
        if (round % 10 === 9) { gc(); await setTimeout(2); }
      }
      return quartic.usage().memory;
    };
    const before = await rounds(40);
    answer({ grown: (await rounds(200)) - before, size });
  `);
  assert.ok(grown < 20 * size, `200 networks of ${size} bytes or more took ${grown} bytes`);
});

test("what ends or fails gives back what it held, and does not wait until it is forgotten", async () => {
  const { grown, codes } = await inFreshProcess(`
    import { denseSpec, intensities } from "./fixtures.mjs";
    const quartic = await load();
    const ann = quartic.network(denseSpec([4, 50_000, 2]));
    const [calibration, steps] = [intensities(2, 4), 2];
    const snn = quartic.convert(ann, { calibration, steps });
    const both = async () => {
      await quartic.evaluate([snn], { images: calibration, labels: [0, 1] });
      for await (const frame of quartic.compare([snn], calibration.subarray(0, 4))) void frame;
    };
    const bytes = snn.save();
    const other = quartic.network(denseSpec([4, 50_000, 2], { seed: 2 }));
    const refused = async () => {
      try { quartic.readSnn(bytes, { ann: other }); } catch (error) { return error.code; }
    };
    await both();
    await refused();
    const before = quartic.usage().memory;
    let codes = new Set();
    for (let round = 0; round < 30; round++) { await both(); codes.add(await refused()); }
    answer({ grown: quartic.usage().memory - before, codes: [...codes] });
  `);
  assert.deepEqual(codes, ["invalid-option"]);
  assert.ok(grown < MEGABYTE, `the module grew by ${grown} bytes`);
});

test("a network is copied to another worker once and closed there as well, however often it is evaluated there", async () => {
  const quartic = await loadWorker();
  const ann = await quartic.network(denseSpec([100, 3000, 2]));
  const inputs = intensities(2, 100);
  const snn = await quartic.convert(ann, { calibration: inputs, steps: 2 });
  const rounds = async (count) => {
    for (let round = 0; round < count; round++) {
      await quartic.evaluate([snn], { images: inputs, labels: [0, 1] }, { workers: 2 });
    }
    return (await quartic.usage()).memory;
  };
  const before = await rounds(2);
  assert.ok((await rounds(10)) - before < MEGABYTE);
  snn.close();
  ann.close();
  const cycle = async () => {
    const trained = await quartic.network(denseSpec([100, 3000, 2]));
    const own = await quartic.convert(trained, { calibration: inputs, steps: 2 });
    await quartic.evaluate([own], { images: inputs, labels: [0, 1] }, { workers: 2 });
    own.close();
    trained.close();
  };
  for (let round = 0; round < 3; round++) await cycle();
  const settled = (await quartic.usage()).memory;
  for (let round = 0; round < 10; round++) await cycle();
  assert.ok((await quartic.usage()).memory - settled < MEGABYTE);
  quartic.close();
});

test("conversions that were aborted leave nothing behind", async () => {
  const quartic = await loadWorker();
  const ann = await quartic.network(denseSpec([100, 300, 300, 10]));
  const calibration = intensities(100, 100);
  const aborted = async () => {
    const controller = new AbortController();
    const options = { calibration, steps: 10_000, signal: controller.signal, onProgress: () => controller.abort() };
    await assert.rejects(quartic.convert(ann, options), { code: "aborted" });
  };
  for (let round = 0; round < 5; round++) await aborted();
  const before = (await quartic.usage()).memory;
  for (let round = 0; round < 50; round++) await aborted();
  assert.ok((await quartic.usage()).memory - before < MEGABYTE);
  quartic.close();
});

test("a worker forgets what was closed", async () => {
  const { spec, calibration, input } = small(await load());
  const quartic = await loadWorker();
  let cycles = 0;
  const cycle = async () => {
    const ann = await quartic.network(spec);
    const snn = await quartic.convert(ann, { calibration });
    await snn.run(input, { steps: 5, seed: 1 });
    if (++cycles % 5 === 0) {
      await quartic.evaluate([snn], { images: input, labels: [0] }, { steps: 5, seed: 1, workers: 1 });
      for await (const frame of quartic.compare([snn], input, { steps: 5 })) if (frame.step === 2) break;
    }
    snn.close();
    ann.close();
  };
  for (let round = 0; round < 100; round++) await cycle();
  const before = (await quartic.usage()).memory;
  for (let round = 0; round < 1000; round++) await cycle();
  assert.ok((await quartic.usage()).memory - before < MEGABYTE);
  quartic.close();
});

test("a worker forgets comparisons that were left before their last frame", async () => {
  const { grown } = await inFreshProcess(`
    import { setTimeout } from "node:timers/promises";
    import { load as loadWorker } from "quartic-snn/worker";
    import { denseSpec, intensities } from "./fixtures.mjs";
    const there = await loadWorker();
    const ann = await there.network(denseSpec([100, 1000, 10]));
    const snn = await there.convert(ann, { calibration: intensities(2, 100) });
    const input = intensities(1, 100);
    const rounds = async (count) => {
      for (let round = 0; round < count; round++) {
        await there.compare([snn], input, { steps: 500, stepsPerFrame: 100 }).next();
        if (round % 10 === 9) { gc(); await setTimeout(5); }
      }
      for (let more = 0; more < 5; more++) { gc(); await setTimeout(20); }
      return (await there.usage()).memory;
    };
    const before = await rounds(50);
    answer({ grown: await rounds(200) - before });
    there.close();
  `);
  assert.ok(grown < MEGABYTE, `the worker grew by ${grown} bytes`);
});
