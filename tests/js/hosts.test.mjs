// What platforms lack, and what frameworks and other scripts do to the package.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { load } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { denseSpec, intensities, small } from "./lib/fixtures.mjs";
import { inFreshProcess } from "./lib/fresh.mjs";
import { refusedLater } from "./lib/refused.mjs";
import { script } from "./lib/web-worker.mjs";

const here = await load();
const { ann, spec, calibration, input } = small(here);

const SMALL = `
  const spec = { inputShape: [2], layers: [{ type: "dense", weights: new Float32Array([1, 0, 0, 1]), activation: "linear" }] };
  const data = { images: new Float32Array([1, 0, 0, 1]), labels: [0, 1] };
  const evaluate = async (api) => {
    const snn = await api.convertAsync(await api.network(spec), { calibration: data.images });
    return (await api.evaluate([snn], data, { seed: 1, steps: 20 })).ann.accuracy;
  };
`;

test("a platform without MessageChannel and FinalizationRegistry ended evaluations, or the import", async () => {
  const before = "delete globalThis.MessageChannel; delete globalThis.FinalizationRegistry;";
  assert.equal(await inFreshProcess(`${SMALL} answer(await evaluate(await load()));`, { before }), 1);
});

test("a platform whose Blob has no stream could not unpack the module within the script", async () => {
  const loaded = `const inline = await import("quartic-snn/inline"); answer((await inline.load()).version);`;
  assert.equal(await inFreshProcess(loaded, { before: "delete Blob.prototype.stream;" }), here.version);
});

test("a source that was not needed ended the process when it failed", async () => {
  const ended = await inFreshProcess(`
    let lost = 0;
    process.on("unhandledRejection", () => (lost += 1));
    await load();
    await load({ wasm: Promise.reject(new Error("offline")) });
    await new Promise(setImmediate);
    answer(lost);
  `);
  assert.equal(ended, 0);
});

test("frameworks wrapped networks in proxies that know no network", async () => {
  const there = await loadWorker();
  const far = await there.network(spec);
  const all = [here, ann, here.convert(ann, { calibration }), there, far, await there.convert(far, { calibration })];
  // Vue and others make objects of these kinds reactive, and leave all others as they are.
  for (const one of all) {
    assert.doesNotMatch(Object.prototype.toString.call(one), /\[object (Object|Array|Map|Set|WeakMap|WeakSet)\]/);
  }
  there.close();
});

test("messages of one's own to a worker that serves the package ended it", async () => {
  let worker;
  const own = `const { parentPort } = await import("node:worker_threads");
    await import(${JSON.stringify(script.href)});
    parentPort.on("message", (message) => {
      if (message === "ping") for (const answer of ["pong", null, { id: 1, gives: 0 }]) parentPort.postMessage(answer);
    });`;
  const address = new URL(`data:text/javascript,${encodeURIComponent(own)}`);
  const api = await loadWorker({ worker: () => (worker = new Worker(address)) });
  worker.ref();
  for (const foreign of [null, 5, { id: 2, call: "network" }, { stop: 1 }, "ping"]) worker.postMessage(foreign);
  await once(worker, "message");
  assert.equal((await api.network(spec)).outputs, ann.outputs);
  api.close();
});

test("one worker for two was taken, and answers went to the wrong call", async () => {
  const worker = new Worker(script);
  const api = await loadWorker({ worker: () => worker });
  const snn = await api.convert(await api.network(spec), { calibration });
  const data = { images: intensities(4, 20), labels: [0, 1, 2, 3] };
  await refusedLater(api.evaluate([snn], data, { workers: 2 }), "invalid-option", "`worker`", "new Worker each time");
  await refusedLater(loadWorker({ worker: () => ({}) }), "invalid-option", "`worker`", "an object");
  api.close();
});

test("what is wrong in a data set was told after half of it had run, and not always the first", async () => {
  const api = await loadWorker();
  const snn = await api.convert(await api.network(spec), { calibration });
  const near = here.convert(ann, { calibration });
  const count = 300;
  const images = intensities(count, 20);
  const labels = Array.from({ length: count }, () => 0);
  const wrong = [
    { images, labels: labels.map((label, index) => (index > 250 ? 99 : label)) },
    { images: images.map((value, index) => (index > 4_500 && index % 7 === 0 ? 2 : value)), labels },
  ];
  for (const data of wrong) {
    const { message } = await here.evaluate([near], data).catch((error) => error);
    const before = (await api.usage()).steps;
    await refusedLater(api.evaluate([snn], data, { workers: 3 }), "invalid-input", message);
    assert.equal((await api.usage()).steps, before);
  }
  api.close();
});

test("a comparison in a worker that was aborted in a frame lost the reason", async () => {
  const api = await loadWorker();
  const large = await api.convert(await api.network(denseSpec([400, 1000, 10])), { calibration: intensities(4, 400) });
  const controller = new AbortController();
  const options = { seed: 1, steps: 300_000, stepsPerFrame: 300_000, signal: controller.signal };
  const frame = api.compare([large], intensities(1, 400), options).next();
  await api.usage();
  const reason = new Error("another one was chosen");
  controller.abort(reason);
  await assert.rejects(frame, ({ code, cause }) => code === "aborted" && cause === reason);
  api.close();
});

test("a comparison followed what happened to its list and options after the call", async () => {
  const snn = here.convert(ann, { calibration });
  const [networks, options] = [[snn], { seed: 1, steps: 5 }];
  const frames = here.compare(networks, input, options);
  networks.push(snn);
  options.steps = 3;
  let count = 0;
  for await (const frame of frames) {
    count += 1;
    assert.equal(frame.networks.length, 1);
  }
  assert.equal(count, 5);
});
