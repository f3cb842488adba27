// An aborted signal stops the work itself: steps are counted in the engine, so that no clock decides.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Worker } from "node:worker_threads";
import { load } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { denseSpec, intensities } from "./lib/fixtures.mjs";

const spec = denseSpec([100, 200, 10]);
const calibration = intensities(20, 100);
const images = intensities(50, 100, 3);
const labels = new Uint8Array(50);
/** All steps of two networks. */
const all = 2 * 50 * 20_000;

const here = await load();
const there = await loadWorker();
after(() => there.close());

/** Both APIs answer to `await`. */
async function networks(quartic) {
  const ann = await quartic.network(spec);
  return [await quartic.convert(ann, { calibration, adjustment: "none" }), await quartic.convert(ann, { calibration })];
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The steps run before and after an evaluation that is aborted at the second word of progress. */
async function aborted(quartic, options) {
  const snns = await networks(quartic);
  const controller = new AbortController();
  const first = (await quartic.usage()).steps;
  let words = 0;
  const onProgress = () => {
    words += 1;
    if (words === 2) controller.abort("enough");
  };
  const work = quartic.evaluate(snns, { images, labels }, { ...options, signal: controller.signal, onProgress });
  await assert.rejects(work, { name: "AbortError", code: "aborted", cause: "enough" });
  const steps = (await quartic.usage()).steps - first;
  await pause(100);
  assert.equal((await quartic.usage()).steps - first, steps, "steps are still run");
  return { steps, words };
}

test("an evaluation that is aborted runs no further step", async () => {
  const before = here.usage().steps;
  const { steps, words } = await aborted(here, { steps: 20_000, seed: 1 });
  assert.equal(words, 2);
  assert.ok(steps > 0 && steps < all, `${steps} of ${all}`);
  assert.equal(here.usage().steps - before, steps);
});

test("it stops within an image", async () => {
  const snns = await networks(here);
  const controller = new AbortController();
  const options = { steps: 1_000_000, seed: 1, signal: controller.signal, onProgress: () => controller.abort() };
  const before = here.usage().steps;
  let atAbort;
  controller.signal.addEventListener("abort", () => {
    atAbort = here.usage().steps - before;
  });
  await assert.rejects(here.evaluate(snns, { images, labels }, options), { code: "aborted" });
  assert.ok(atAbort < 1_000_000, `${atAbort} steps in one slice`);
  assert.equal(here.usage().steps - before, atAbort, "steps after the abort");
});

test("evaluations in workers run no further step either", async () => {
  for (const workers of [1, 2]) {
    const { steps } = await aborted(there, { steps: 20_000, seed: 1, workers });
    assert.ok(steps > 0 && steps < all, `${steps} of ${all}`);
  }
});

test("a conversion in this thread cannot be stopped, and says so", async () => {
  const [ann, before] = [here.network(spec), here.usage().steps];
  const { signal } = new AbortController();
  assert.throws(() => here.convert(ann, { calibration, signal }), {
    code: "invalid-option",
    message: /`signal` must be left out: only `quartic-snn\/worker`/,
  });
  assert.equal(here.usage().steps, before);
});

test("a conversion that is aborted ends its own worker, and no other", async () => {
  const alive = new Set();
  const worker = () => {
    const thread = new Worker(new URL(import.meta.resolve("quartic-snn/worker-thread")));
    const made = {
      addEventListener: (kind, heard) => thread.on(kind, (data) => heard({ data, message: String(data) })),
      postMessage: (data, transfer) => thread.postMessage(data, transfer),
      terminate: () => alive.delete(made) && thread.terminate(),
    };
    alive.add(made);
    return made;
  };
  const quartic = await loadWorker({ worker });
  assert.equal(alive.size, 1);
  const large = await quartic.network(denseSpec([400, 600, 600, 600, 10]));
  const controller = new AbortController();
  const work = quartic.convert(large, { calibration: intensities(400, 400), signal: controller.signal });
  while (alive.size < 2) await pause(1);
  controller.abort();
  await assert.rejects(work, { code: "aborted" });
  assert.equal(alive.size, 1, "its worker goes on");
  assert.equal((await quartic.usage()).steps, 0);
  assert.equal((await quartic.convert(large, { calibration: intensities(2, 400) })).layers.length, 4);
  quartic.close();
  assert.equal(alive.size, 0);
});

test("a signal from within a turn of the event loop stops the frames of a worker", async () => {
  const snns = await networks(there);
  const controller = new AbortController();
  const frames = there.compare(snns, images.slice(0, 100), { steps: 1000, seed: 1, signal: controller.signal });
  const before = (await there.usage()).steps;
  await frames.next();
  controller.abort("enough");
  await assert.rejects(frames.next(), { code: "aborted", cause: "enough" });
  assert.equal((await there.usage()).steps - before, 2);
});

test("an abort leaves no work behind: the same evaluation gives its result", async () => {
  for (const [quartic, more] of [
    [here, {}],
    [there, { workers: 2 }],
  ]) {
    const snns = await networks(quartic);
    assert.equal((await quartic.evaluate(snns, { images, labels }, { steps: 20, seed: 1, ...more })).images, 50);
  }
});

test("an error in onProgress stops the workers and is handed on", async () => {
  const fault = new Error("mine");
  const onProgress = () => {
    throw fault;
  };
  const snns = await networks(there);
  const work = there.evaluate(snns, { images, labels }, { steps: 20_000, workers: 2, onProgress });
  await assert.rejects(work, (error) => error === fault);
  const { steps } = await there.usage();
  await pause(50);
  assert.equal((await there.usage()).steps, steps);
});
