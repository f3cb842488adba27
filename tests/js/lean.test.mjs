// The module without ONNX and without what writes files: everything else is there, and gives the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inFreshProcess } from "./lib/fresh.mjs";

/** What a network does in a process whose module comes from `source`. */
const behaviour = (source) =>
  inFreshProcess(`
    const { intensities, small } = await import("./fixtures.mjs");
    const quartic = await load({ wasm: await readFile(${source}) });
    const { ann, calibration, input } = small(quartic);
    const snn = quartic.convert(ann, { calibration });
    const file = quartic.readModel(await readFile(new URL("../../../models/mnist-mlp-small.safetensors", import.meta.resolve("./fresh.mjs"))));
    const options = { steps: 50, seed: 1 };
    const frames = [];
    for await (const frame of quartic.compare([snn], input, options)) frames.push([...frame.networks[0].counts]);
    const data = { images: intensities(4, 20), labels: new Uint32Array(4) };
    answer({
      scores: [...ann.predict(input)],
      file: [...file.predict(new Float32Array(784).fill(0.5))],
      run: snn.run(input, { ...options, record: ["spikes", "potentials"] }),
      frames,
      evaluation: await quartic.evaluate([snn], data, options),
      thresholds: snn.layers.map(({ thresholds }) => [...thresholds]),
      drift: snn.drift(input).map((values) => [...values]),
    });
  `);

test("it converts, runs, compares and evaluates to the last bit as the whole module does", async () => {
  assert.deepEqual(await behaviour("lean"), await behaviour("url"));
});

test("ONNX and exports are refused by name, and the instance lives on", async () => {
  const { failures, steps } = await inFreshProcess(`
    const { small } = await import("./fixtures.mjs");
    const quartic = await load({ wasm: await readFile(lean) });
    const { ann, calibration, input } = small(quartic);
    const snn = quartic.convert(ann, { calibration });
    const calls = [() => quartic.readModel(new Uint8Array([8, 8, 18, 1, 65])), () => quartic.readSnn(new Uint8Array(9)), () => snn.save()];
    const failures = [];
    for (const call of calls) failures.push(await failure((async () => call())()));
    answer({ failures, steps: snn.run(input, { steps: 5, seed: 1 }).steps });
  `);
  assert.deepEqual(
    failures.map(({ code }) => code),
    ["left-out", "left-out", "left-out"],
  );
  assert.match(failures[0].message, /ONNX files.*`onnx`/);
  assert.match(failures[2].message, /saved networks.*`export`/);
  assert.equal(steps, 5);
});

test("in workers an evaluation is left to the one that made the networks, and gives the same", async () => {
  const evaluation = (source) =>
    inFreshProcess(`
      const { load: loadWorker } = await import("quartic-snn/worker");
      const { intensities, small } = await import("./fixtures.mjs");
      const { spec, calibration } = small(await load());
      const there = await loadWorker({ wasm: await readFile(${source}) });
      const snn = await there.convert(await there.network(spec), { calibration });
      const data = { images: intensities(4, 20), labels: new Uint32Array(4) };
      answer(await there.evaluate([snn], data, { steps: 20, seed: 1, workers: 3 }));
      there.close();
    `);
  assert.deepEqual(await evaluation("lean"), await evaluation("url"));
});
