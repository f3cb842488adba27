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
  // The conversion of one of them simulated 20 inputs for 100 steps twice, to correct the biases and gains of one layer.
  assert.equal(here.usage().steps - before, steps + 2 * 20 * 100);
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

test("evaluations in workers stop within an image, too, and all of them where one of them fails", async () => {
  const snns = await networks(there);
  const stepsOf = async (work) => {
    const before = (await there.usage()).steps;
    await assert.rejects(work, ({ code }) => ["aborted", "invalid-input"].includes(code));
    return (await there.usage()).steps - before;
  };
  const controller = new AbortController();
  const one = { images: images.subarray(0, 100), labels: [0] };
  const options = { steps: 1_000_000, seed: 1, workers: 1, signal: controller.signal };
  const onProgress = () => controller.abort();
  const within = await stepsOf(() => there.evaluate(snns, one, { ...options, onProgress }));
  assert.ok(within < 2_000_000, `${within} steps`);
  const wrong = { images: images.with(0, 2), labels };
  const rest = await stepsOf(() => there.evaluate(snns, wrong, { steps: 20_000, seed: 1, workers: 2 }));
  assert.ok(rest < all / 2, `${rest} of ${all} steps`);
});

test("a conversion in this thread cannot be stopped, and says so", async () => {
  const [ann, before] = [here.network(spec), here.usage().steps];
  const { signal } = new AbortController();
  for (const [name, value] of [...Object.entries({ signal, onProgress: () => undefined }), ["signal", null]]) {
    assert.throws(() => here.convert(ann, { calibration, [name]: value }), {
      code: "invalid-option",
      message: new RegExp(`\`${name}\` must be left out: \`convertAsync\``),
    });
  }
  assert.equal(here.usage().steps, before);
});

test("a conversion that is aborted runs no further step, and its worker goes on", async () => {
  let started = 0;
  const worker = () => {
    started += 1;
    const thread = new Worker(new URL(import.meta.resolve("quartic-snn/worker-thread")));
    return {
      addEventListener: (kind, heard) => thread.on(kind, (data) => heard({ data, message: String(data) })),
      postMessage: (data, transfer) => thread.postMessage(data, transfer),
      terminate: () => thread.terminate(),
    };
  };
  const quartic = await loadWorker({ worker });
  const large = await quartic.network(denseSpec([400, 300, 300, 10]));
  const [inputs, steps] = [intensities(100, 400), 5_000];
  const controller = new AbortController();
  const told = [];
  const onProgress = ({ done, total }) => {
    told.push(done);
    // The calibration, the check, then two runs of each of two layers, to correct them.
    assert.equal(total, 600);
    if (done > 200) controller.abort();
  };
  const work = quartic.convert(large, { calibration: inputs, steps, signal: controller.signal, onProgress });
  await assert.rejects(work, { code: "aborted" });
  const stopped = (await quartic.usage()).steps;
  assert.ok(stopped > 0 && stopped < 4 * 100 * steps, `${stopped} steps`);
  assert.ok(told.at(-1) < 600, `${told.at(-1)} of 600`);
  await pause(50);
  assert.equal((await quartic.usage()).steps, stopped, "steps after the abort");
  assert.equal((await quartic.convert(large, { calibration: intensities(2, 400) })).layers.length, 3);
  assert.equal(started, 1, "no other worker was needed");
  quartic.close();
});

test("a worker that converts answers other calls in between", async () => {
  const quartic = await loadWorker();
  const large = await quartic.network(denseSpec([400, 300, 300, 10]));
  const small = await quartic.network(denseSpec([4, 3, 2]));
  const order = [];
  let asked;
  const ask = () => {
    asked ??= small.predict(intensities(1, 4)).then(() => order.push("other"));
  };
  const work = quartic.convert(large, { calibration: intensities(100, 400), steps: 2_000, onProgress: ask });
  large.close(); // What is at work keeps what it needs.
  const snn = await work.finally(() => order.push("conversion"));
  await asked;
  assert.deepEqual(order, ["other", "conversion"]);
  assert.equal(snn.layers.length, 3);
  quartic.close();
});

test("a progress handler that throws stops the conversion with its error", async () => {
  const quartic = await loadWorker();
  const large = await quartic.network(denseSpec([400, 300, 300, 10]));
  const own = new Error("mine");
  let told = 0;
  const onProgress = () => {
    told += 1;
    throw own;
  };
  for (const steps of [5_000, 1]) {
    // In long work, and at the end of short work.
    await assert.rejects(quartic.convert(large, { calibration: intensities(2, 400), steps, onProgress }), own);
  }
  assert.ok((await quartic.usage()).steps < 2 * 2 * 5_000);
  assert.equal(told, 2, "it was called after it had thrown");
  await assert.rejects(quartic.convert(large, { calibration: intensities(2, 400), onProgress: 1 }), {
    code: "invalid-option",
    message: /`onProgress`/,
  });
  quartic.close();
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

test("a conversion in slices lets others run, tells how far it is and gives the same network", async () => {
  const ann = here.network(spec);
  const options = { calibration, steps: 2000 };
  const told = [];
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  const work = here.convertAsync(ann, { ...options, onProgress: (progress) => told.push(progress) });
  assert.ok(work instanceof Promise);
  const snn = await work;
  clearInterval(timer);
  assert.ok(turns > 0, "nothing else ran");
  const [{ total }] = told;
  assert.ok(told.every((now, k) => now.total === total && now.done >= (told[k - 1]?.done ?? 0)));
  assert.deepEqual(told.at(-1), { done: total, total });
  const same = here.convert(ann, options);
  assert.deepEqual(Buffer.from(snn.save()), Buffer.from(same.save()));
  assert.equal(snn.name, "l4");
});

test("a conversion in slices stops where it is aborted, and refuses what it cannot take", async () => {
  const ann = here.network(spec);
  const controller = new AbortController();
  const options = {
    calibration,
    steps: 20_000,
    signal: controller.signal,
    onProgress: () => controller.abort("enough"),
  };
  const before = here.usage().steps;
  await assert.rejects(here.convertAsync(ann, options), { name: "AbortError", code: "aborted", cause: "enough" });
  const steps = here.usage().steps - before;
  assert.ok(steps < 2 * 20 * 20_000, `${steps} steps`);
  await pause(50);
  assert.equal(here.usage().steps - before, steps, "steps are still run");
  await assert.rejects(here.convertAsync(ann, options), { code: "aborted" });
  await assert.rejects(here.convertAsync(ann, { calibration, signal: 1 }), {
    code: "invalid-option",
    message: /signal/,
  });
  await assert.rejects(here.convertAsync(ann, { calibration, onProgress: 1 }), { message: /onProgress/ });
  await assert.rejects(here.convertAsync(ann, { calibration, stepz: 1 }), { message: /onProgress/ });
  await assert.rejects(here.convertAsync({}, { calibration }), { code: "invalid-option", message: /ann/ });
  await assert.rejects(here.convertAsync(ann), { code: "invalid-option" });
});
