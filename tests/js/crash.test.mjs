// A fault within WebAssembly: an error, a dead instance, and a fresh one from load().

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { load } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { intensities, small } from "./lib/fixtures.mjs";
import { inFreshProcess } from "./lib/fresh.mjs";
import { refused, refusedLater } from "./lib/refused.mjs";
import { moduleUrl, withTrapIn } from "./lib/trap.mjs";

const images = intensities(3, 20);
const data = { images, labels: [0, 1, 2] };

test("a trap is an error, after which nothing of the instance can be used and load() gives a fresh one", async () => {
  const broken = await load({ wasm: await withTrapIn("snn_run") });
  const { ann, spec, calibration, input } = small(broken);
  const [snn, other] = [1, 2].map((strength) => broken.convert(ann, { calibration, strength }));
  const frames = broken.compare([snn], input, { steps: 5 });
  await frames.next();
  assert.equal(ann.predict(input).length, 5);
  const { ann: oldAnn } = small(broken);
  const old = broken.convert(oldAnn, { calibration });
  const saved = old.save();

  assert.throws(
    () => snn.run(input),
    ({ code, message, cause }) =>
      code === "internal" && /unreachable.*load\(\)/.test(message) && cause instanceof WebAssembly.RuntimeError,
  );
  refused(() => other.run(input), "crashed", "load()");
  refused(() => ann.predict(input), "crashed");
  refused(() => broken.convert(ann, { calibration }), "crashed");
  refused(() => broken.network(spec), "crashed");
  refused(() => broken.version, "crashed");
  await refusedLater(frames.next(), "crashed");
  await refusedLater(broken.compare([snn], input).next(), "crashed");
  await refusedLater(broken.evaluate([snn], data), "crashed");
  for (const handle of [ann, snn, other]) handle.close();
  refused(() => snn.run(input), "closed");

  const [fresh, same] = await Promise.all([load({ wasm: moduleUrl }), load()]);
  const { ann: again } = small(fresh);
  const run = fresh.convert(again, { calibration }).run(input, { seed: 1 });
  assert.ok(run.synapticOperations > 0);
  assert.deepEqual(same.convert(again, { calibration }).run(input, { seed: 1 }), run);
  refused(() => broken.version, "crashed");

  // Handles of the dead one do no harm in the fresh one.
  const own = fresh.convert(again, { calibration });
  refused(() => fresh.convert(oldAnn, { calibration }), "crashed", "network");
  refused(() => fresh.readSnn(saved, { ann: oldAnn }), "crashed", "network");
  await refusedLater(fresh.compare([own, old], input).next(), "crashed", "spiking network");
  await refusedLater(fresh.evaluate([own, old], data), "crashed", "spiking network");
  assert.deepEqual(own.run(input, { seed: 1 }), run);
});

test("a full memory is told as such, and load() gives a fresh instance", async () => {
  const { error, before, after, fresh } = await inFreshProcess(`
    import { denseSpec, intensities, small } from "./fixtures.mjs";
    import { moduleUrl, withMostMemory } from "./trap.mjs";
    const quartic = await load({ wasm: await withMostMemory(256) });
    const kept = [];
    let error;
    try {
      for (let seed = 0; seed < 100; seed++) kept.push(quartic.network(denseSpec([300, 1000, 10], { seed })));
    } catch ({ code, message, details, cause }) {
      error = { code, message, ...details, cause: cause?.constructor.name };
    }
    let after;
    try { quartic.version; } catch ({ code }) { after = code; }
    for (const ann of kept) ann.close();
    const fresh = await load({ wasm: moduleUrl });
    answer({ error, before: kept.length, after, fresh: small(fresh).ann.predict(intensities(1, 20)).length });
  `);
  assert.equal(error.code, "out-of-memory");
  assert.match(error.message, /is full \(1\d MB\).*load\(\).*Close/);
  assert.ok(error.bytes > 8e6 && error.bytes <= 256 * 65_536, `${error.bytes}`);
  assert.deepEqual([error.cause, after, fresh], ["RuntimeError", "crashed", 5]);
  assert.ok(before > 3, `${before} networks`);
});

test("what was forgotten of a dead instance is not freed in it", async () => {
  const script = `
    import { setTimeout } from "node:timers/promises";
    import { load } from "quartic-snn";
    import { small } from "./fixtures.mjs";
    import { withTrapIn } from "./trap.mjs";
    process.on("uncaughtException", (error) => { console.log("uncaught", error); process.exit(1); });
    // Neither a run nor giving memory back is possible.
    const broken = await load({ wasm: await withTrapIn("__wbg_snn_free") });
    const { ann, calibration } = small(broken);
    let snns = Array.from({ length: 50 }, () => broken.convert(ann, { calibration }));
    snns = undefined;
    for (let round = 0; round < 5; round++) { gc(); await setTimeout(5); }
    try { broken.version; } catch (error) { console.log("ended", error.code); }
  `;
  const cwd = fileURLToPath(new URL("./lib/", import.meta.url));
  const args = ["--expose-gc", "--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  assert.equal(stdout, "ended crashed\n");
});

test("a trap in a worker is an error, and another worker is not concerned", async () => {
  const [broken, whole] = [await loadWorker({ wasm: await withTrapIn("snn_run") }), await loadWorker()];
  const { spec, calibration, input } = small(await load());
  const snns = [];
  for (const quartic of [broken, whole]) {
    const ann = await quartic.network(spec);
    snns.push(await quartic.convert(ann, { calibration }));
  }
  const [first, second] = [snns[0].run(input), snns[0].run(input)];
  await refusedLater(first, "internal", "unreachable", "load()");
  await refusedLater(second, "crashed");
  await refusedLater(broken.evaluate([snns[0]], data), "crashed", "load()");
  snns[0].close();
  broken.close();
  assert.ok((await snns[1].run(input)).synapticOperations > 0);
  whole.close();
});
