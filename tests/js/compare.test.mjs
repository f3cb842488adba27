// Networks side by side, frame by frame.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compareDefaults, load } from "quartic-snn";
import { small } from "./lib/fixtures.mjs";
import { refusedLater } from "./lib/refused.mjs";

const quartic = await load();
const { ann, calibration, input } = small(quartic);
const [plain, l4] = ["none", "l4"].map((adjustment) => quartic.convert(ann, { calibration, adjustment }));

async function framesOf(networks, options) {
  const frames = [];
  for await (const frame of quartic.compare(networks, input, { seed: 5, ...options })) frames.push(frame);
  return frames;
}

const joined = (arrays) => arrays.flatMap((array) => [...array]);
const first = (networks, options) => quartic.compare(networks, input, options).next();

test("frames of any length put together are a run with the same seed", async () => {
  const record = ["spikes", "potentials"];
  const runs = [plain, l4].map((network) => network.run(input, { seed: 5, steps: 150, record }));
  for (const stepsPerFrame of [1, 7, 64, 100, 1000, 2 ** 32]) {
    const frames = await framesOf([plain, l4], { steps: 150, stepsPerFrame, record });
    assert.equal(frames.length, Math.ceil(150 / stepsPerFrame));
    runs.forEach((run, index) => {
      const states = frames.map(({ networks }) => networks[index]);
      run.spikes.forEach(({ step, neuron }, layer) => {
        assert.deepEqual(joined(states.map(({ spikes }) => spikes[layer].step)), [...step]);
        assert.deepEqual(joined(states.map(({ spikes }) => spikes[layer].neuron)), [...neuron]);
      });
      run.potentials.forEach(({ values }, layer) => {
        assert.deepEqual(joined(states.map(({ potentials }) => potentials[layer].values)), [...values]);
      });
      const { spikes: _, potentials: __, name, ...last } = states.at(-1);
      const { spikes: ___, potentials: ____, steps, seed, ...expected } = run;
      assert.deepEqual(last, expected);
      assert.equal(name, [plain, l4][index].name);
      assert.deepEqual([frames.at(-1).step, frames.at(-1).seed], [steps, seed]);
    });
  }
});

test("a long frame leaves the thread to others, and can be aborted on the way", async () => {
  const controller = new AbortController();
  const frames = quartic.compare([plain, l4], input, {
    ...{ steps: 1_000_000, stepsPerFrame: 1_000_000, seed: 1, signal: controller.signal },
  });
  const first = frames.next();
  setTimeout(() => controller.abort(), 0);
  await refusedLater(first, "aborted");
});

test("a frame is one step where nothing is said, and totals grow with it", async () => {
  const frames = await framesOf([l4], { steps: 30 });
  assert.equal(compareDefaults.stepsPerFrame, 1);
  assert.deepEqual(
    frames.map(({ step }) => step),
    Array.from({ length: 30 }, (_, index) => index + 1),
  );
  let total = 0;
  for (const { networks } of frames) {
    total += networks[0].spikes[1].step.length;
    assert.equal(networks[0].spikesPerLayer[1], total);
  }
});

test("all networks read the same input spikes", async () => {
  for (const { input: read, networks } of await framesOf([plain, l4], { steps: 50, stepsPerFrame: 10 })) {
    for (const { spikes } of networks) assert.deepEqual(spikes[0], read);
  }
});

test("a seed that was drawn is in every frame and repeats the frames", async () => {
  const frames = await framesOf([l4], { steps: 20, seed: undefined });
  assert.ok(frames.every(({ seed }) => seed === frames[0].seed));
  assert.deepEqual(await framesOf([l4], { steps: 20, seed: frames[0].seed }), frames);
});

test("networks of the same name are told apart", async () => {
  const [frame] = await framesOf([l4, plain, l4], { steps: 1 });
  assert.deepEqual(
    frame.networks.map(({ name }) => name),
    ["l4", "plain", "l4-2"],
  );
});

test("an aborted signal stops the frames", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const seen = [];
  const work = (async () => {
    for await (const { step } of quartic.compare([plain, l4], input, { signal: controller.signal })) {
      seen.push(step);
      if (step === 3) controller.abort(reason);
    }
  })();
  await assert.rejects(work, { name: "AbortError", code: "aborted", cause: reason });
  assert.deepEqual(seen, [1, 2, 3]);
});

test("a signal that was aborted before stops before the first frame", async () => {
  await refusedLater(first([l4], { signal: AbortSignal.abort() }), "aborted");
});

test("leaving the loop early leaves networks and package usable", async () => {
  for (let round = 0; round < 20; round++) {
    for await (const { step } of quartic.compare([plain, l4], input)) if (step === 2) break;
  }
  const frames = quartic.compare([l4], input, { steps: 5 });
  await frames.next();
  await frames.return();
  assert.deepEqual(await frames.next(), { value: undefined, done: true });
  assert.equal((await framesOf([plain, l4], { steps: 5 })).length, 5);
  assert.ok(l4.run(input).spikesPerLayer[0] > 0);
});

test("two comparisons at the same time do not disturb each other", async () => {
  const alone = await framesOf([l4], { steps: 40 });
  const both = await Promise.all([framesOf([l4], { steps: 40 }), framesOf([l4], { steps: 40, stepsPerFrame: 3 })]);
  assert.deepEqual(both[0], alone);
});

test("a network that is closed between two frames does not stop them", async () => {
  const own = quartic.convert(ann, { calibration });
  const frames = quartic.compare([own], input, { steps: 3, seed: 5 });
  await frames.next();
  own.close();
  assert.equal((await frames.next()).value.step, 2);
  await frames.return();
});

test("networks that cannot read the same spikes are refused", async () => {
  const slow = quartic.convert(ann, { calibration, inputRate: 0.1 });
  await refusedLater(first([l4, slow]), "invalid-option", "`inputRate`", "0.25", "0.1");
});

test("what cannot be compared is refused", async () => {
  await refusedLater(first([]), "invalid-option", "`networks`", "an array of 0");
  await refusedLater(first(l4), "invalid-option", "`networks`");
  await refusedLater(first([ann]), "invalid-option", "`networks`");
  await refusedLater(first([l4], { steps: 0 }), "invalid-option", "`steps`", "0");
  await refusedLater(first([l4], { signal: "stop" }), "invalid-option", "`signal`", '"stop"');
  await refusedLater(first([l4], { frames: 5 }), "invalid-option", "`frames`");
  for (const stepsPerFrame of [0, -1, 1.5, Number.NaN, "2"]) {
    await refusedLater(first([l4], { stepsPerFrame }), "invalid-option", "`stepsPerFrame`", `${stepsPerFrame}`);
  }
  const wrong = (values) => quartic.compare([l4], values).next();
  await refusedLater(wrong(input.subarray(1)), "shape-mismatch", "input", "19");
  await refusedLater(wrong(new Float32Array(20).fill(2)), "invalid-input", "input", "2");
});

test("names that others have already are not given once more", async () => {
  const names = ["a", "a", "a-2", "a"];
  const networks = names.map((name) => quartic.convert(ann, { calibration, name }));
  const [frame] = await framesOf(networks, { steps: 1 });
  assert.deepEqual(
    frame.networks.map(({ name }) => name),
    ["a", "a-3", "a-2", "a-4"],
  );
});

test("a comparison reads its input as it is when it is called", async () => {
  const mine = input.slice();
  const frames = quartic.compare([l4], mine, { steps: 30, seed: 5, stepsPerFrame: 30 });
  mine.fill(0);
  const { value } = await frames.next();
  assert.equal(value.networks[0].synapticOperations, l4.run(input, { steps: 30, seed: 5 }).synapticOperations);
});
