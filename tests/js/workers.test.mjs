// The workers of one API: how many there are, what they are made from, and how they end.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { load } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { intensities, small } from "./lib/fixtures.mjs";
import { refusedLater } from "./lib/refused.mjs";
import { script, webWorker } from "./lib/web-worker.mjs";

const here = await load();
const { ann, spec, calibration, input } = small(here);
const l4 = here.convert(ann, { calibration });

const images = intensities(70, 20, 55);
const labels = Array.from({ length: 70 }, (_, index) => index % 5);

test("all workers count their steps, and no more of them work than are asked for", async () => {
  const work = [];
  const worker = () => {
    const own = webWorker();
    const at = work.push(0) - 1;
    const postMessage = (message, transfer) => {
      work[at] += message["quartic-snn"].call === "evaluate";
      own.postMessage(message, transfer);
    };
    return { ...own, postMessage };
  };
  const api = await loadWorker({ worker });
  const snn = await api.convert(await api.network(spec), { calibration });
  const before = (await api.usage()).steps;
  const evaluate = (count, workers) => {
    const data = { images: images.subarray(0, 20 * count), labels: labels.slice(0, count) };
    return api.evaluate([snn], data, { seed: 1, steps: 30, workers });
  };
  await evaluate(1, 64);
  assert.equal(work.length, 1, "more workers than images");
  await evaluate(70, 2);
  assert.equal((await api.usage()).steps - before, 71 * 30);
  const [, second] = work;
  await evaluate(70, 1);
  assert.deepEqual(work.slice(1), [second]);
  api.close();
});

test("a worker that could not be started once is started by the next call", async () => {
  let count = 0;
  const worker = () => {
    count += 1;
    if (count === 2) throw new Error("for once");
    return webWorker();
  };
  const api = await loadWorker({ worker });
  const own = await api.network(spec);
  const snn = await api.convert(own, { calibration });
  const evaluate = () => api.evaluate([snn], { images, labels }, { seed: 1, steps: 20, workers: 2 });
  await refusedLater(evaluate(), "load-failed", "for once");
  assert.ok((await api.usage()).memory > 0);
  assert.deepEqual(
    (await evaluate()).networks,
    (await here.evaluate([l4], { images, labels }, { seed: 1, steps: 20 })).networks,
  );
  assert.equal(count, 3);
  api.close();
});

test("no worker is left where loading fails or the API is closed", async () => {
  let [begun, ended] = [0, 0];
  const worker = () => {
    begun += 1;
    const own = webWorker();
    const terminate = () => {
      ended += 1;
      return own.terminate();
    };
    return { ...own, terminate };
  };
  // A module without anything in it.
  const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  await refusedLater(loadWorker({ worker, wasm }), "load-failed", "not the one that belongs to this version");
  assert.deepEqual([begun, ended], [1, 1]);
  const api = await loadWorker({ worker });
  const snn = await api.convert(await api.network(spec), { calibration });
  api.close();
  await refusedLater(api.evaluate([snn], { images, labels }, { seed: 1, workers: 3 }), "closed");
  assert.deepEqual([begun, ended], [2, 2]);
});

test("a worker may be given as a worker thread of Node", async () => {
  const own = new Worker(script);
  const api = await loadWorker({ worker: () => own });
  const snn = await api.convert(await api.network(spec), { calibration });
  assert.deepEqual(await snn.run(input, { seed: 1 }), l4.run(input, { seed: 1 }));
  snn.close();
  await null; // The worker is asked to forget it, and ends before it answers.
  api.close();
  await once(own, "exit");
  await refusedLater(api.network(spec), "closed", "load()");
});

test("a worker that fails or ends by itself is told with its reason", async () => {
  for (const [program, reason] of [
    ["throw new Error('mine')", "could not be started (its worker failed: Error: mine)"],
    ["process.exit(3)", "could not be started (its worker failed: it ended with code 3)"],
  ]) {
    await refusedLater(loadWorker({ worker: () => new Worker(program, { eval: true }) }), "load-failed", reason);
  }
});

test("a worker of another script, which never answers, fails after a minute", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const program = "require('node:worker_threads').parentPort.on('message', () => {})";
  let loading;
  const own = await new Promise((started) => {
    const worker = () => {
      const made = new Worker(program, { eval: true });
      started(made);
      return made;
    };
    loading = refusedLater(loadWorker({ worker }), "load-failed", "(it has not answered for a minute)");
  });
  await once(own, "online");
  context.mock.timers.tick(59_999);
  const early = await Promise.race([
    loading.then(() => "failed"),
    new Promise((told) => setImmediate(told, "waiting")),
  ]);
  assert.equal(early, "waiting");
  context.mock.timers.tick(1);
  const [[code]] = await Promise.all([once(own, "exit"), loading]);
  assert.equal(code, 1, "it was not ended");
});

test("a process ends by itself when nothing is left to do", async () => {
  const program = `
    import { load } from "quartic-snn/worker";
    const quartic = await load();
    console.log(quartic.version);
  `;
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], { cwd });
  assert.equal(stdout.trim(), here.version);
});

test("a further worker that had ended failed every later evaluation", async () => {
  const workers = [];
  const worker = () => {
    workers.push(new Worker(script));
    return workers.at(-1);
  };
  const api = await loadWorker({ worker });
  const snn = await api.convert(await api.network(spec), { calibration });
  const evaluate = () => api.evaluate([snn], { images, labels }, { seed: 1, steps: 20, workers: 3 });
  const expected = await evaluate();
  await workers[1].terminate();
  assert.ok((await api.usage()).memory > 0);
  assert.deepEqual(await evaluate(), expected);
  assert.equal(workers.length, 4);
  await workers[0].terminate();
  await refusedLater(evaluate(), "crashed", "load()");
  api.close();
});
