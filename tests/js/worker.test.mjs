// The API in a worker gives what the API gives here.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { after, test } from "node:test";
import { load } from "quartic-snn";
import { load as loadWorker } from "quartic-snn/worker";
import { readModelFile } from "../../examples/evaluate/data.mjs";
import { denseSpec, intensities, small } from "./lib/fixtures.mjs";
import { refusedLater } from "./lib/refused.mjs";

const here = await load();
const there = await loadWorker();
after(() => there.close());

const { ann, spec, calibration, input } = small(here);
const [plain, l4] = ["none", "l4"].map((adjustment) => here.convert(ann, { calibration, adjustment }));
const remoteAnn = await there.network(spec);
const remote = await Promise.all(
  ["none", "l4"].map((adjustment) => there.convert(remoteAnn, { calibration, adjustment })),
);

const images = intensities(70, 20, 55);
const labels = Array.from({ length: 70 }, (_, index) => index % 5);

async function all(frames) {
  const list = [];
  for await (const frame of frames) list.push(frame);
  return list;
}

test("what networks and errors tell of themselves cannot be changed", async () => {
  for (const one of [ann, remoteAnn]) {
    for (const told of [one.inputShape, one.layers, one.report]) assert.ok(Object.isFrozen(told));
  }
  for (const one of [l4, remote[1]]) assert.ok(Object.isFrozen(one.layers));
  await assert.rejects(remote[1].run(), ({ details }) => Object.isFrozen(details));
});

test("trained networks are the same", async () => {
  const { name, inputShape, inputs, outputs, layers, report } = ann;
  const found = (({ name, inputShape, inputs, outputs, layers, report }) => ({
    ...{ name, inputShape, inputs, outputs, layers, report },
  }))(remoteAnn);
  assert.deepEqual(found, { name, inputShape, inputs, outputs, layers, report });
  assert.deepEqual(await remoteAnn.predict(images), ann.predict(images));
  assert.equal(there.version, here.version);
});

test("conversions and runs are the same", async () => {
  assert.deepEqual(
    remote.map(({ name, layers, functionError }) => ({ name, layers, functionError })),
    [plain, l4].map(({ name, layers, functionError }) => ({ name, layers, functionError })),
  );
  const options = { steps: 120, seed: 3, record: ["spikes", "potentials"] };
  assert.deepEqual(await remote[1].run(input, options), l4.run(input, options));
});

test("nothing that a network or the API has is missing in a worker", async () => {
  const members = (value) => Object.getOwnPropertyNames(Object.getPrototypeOf(value)).sort();
  const missing = (of, among) => members(of).filter((name) => !(name in among));
  assert.deepEqual([missing(here, there), missing(ann, remoteAnn), missing(l4, remote[1])], [[], [], []]);
  assert.ok(members(l4).includes("activations"));
});

test("what a neuron reads, what drives it and what it stands for are the same", async () => {
  assert.deepEqual(await remote[1].weightsOf(1, 2), l4.weightsOf(1, 2));
  assert.deepEqual(await remote[1].drift(input), l4.drift(input));
  assert.deepEqual(await remote[1].activations(input), l4.activations(input));
  await refusedLater(() => remote[1].activations(input.subarray(1)), "shape-mismatch");
});

test("model files, TensorFlow models, saved networks and drawings are the same", async () => {
  const bytes = readModelFile("mnist-mlp-small");
  const [near, far] = [here.readModel(bytes), await there.readModel(bytes)];
  assert.deepEqual(far.layers, near.layers);
  const saved = l4.save();
  assert.deepEqual(await remote[1].save(), saved);
  const read = await there.readSnn(saved, { ann: remoteAnn, name: "again" });
  assert.equal(read.name, "again");
  assert.deepEqual(await read.run(input, { seed: 1 }), l4.run(input, { seed: 1 }));
  const ink = new Float32Array(30).fill(0.5);
  const size = { width: 6, height: 5 };
  assert.deepEqual(await there.mnistDigit(ink, size), here.mnistDigit(ink, size));
  for (const handle of [near, far, read]) handle.close();
});

test("frames are the same", async () => {
  const options = { steps: 40, seed: 2, stepsPerFrame: 7, record: ["potentials"] };
  const expected = await all(here.compare([plain, l4], input, options));
  assert.deepEqual(await all(there.compare(remote, input, options)), expected);
});

test("frames are of the input as it is when they are asked for, and the input limit keeps its name", async () => {
  const mine = input.slice();
  const frames = there.compare(remote, mine, { steps: 20, seed: 5, stepsPerFrame: 20 });
  mine.fill(0);
  assert.deepEqual(
    await all(frames),
    await all(here.compare([plain, l4], input, { steps: 20, seed: 5, stepsPerFrame: 20 })),
  );
  const own = await there.convert(remoteAnn, { calibration, name: "inputLimit" });
  const { networks } = await there.evaluate([own], { images, labels }, { steps: 5, seed: 1 });
  assert.equal(networks[0].name, "inputLimit-2");
  own.close();
});

test("a consumer that pauses pauses the work", async () => {
  const frames = there.compare(remote, input, { steps: 1000, seed: 1 });
  const before = (await there.usage()).steps;
  await frames.next();
  await frames.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await there.usage()).steps - before, 2 * remote.length);
  await frames.return();
});

test("evaluations are the same to the last bit, whatever the number of workers", async () => {
  const options = { seed: 9, steps: 30 };
  const expected = await here.evaluate([plain, l4], { images, labels }, options);
  for (const workers of [1, 2, 3, 8]) {
    const seen = [];
    const onProgress = (progress) => seen.push(progress);
    const result = await there.evaluate(remote, { images, labels }, { ...options, workers, onProgress });
    assert.deepEqual(result, expected);
    assert.deepEqual(seen.at(-1), { done: 70, total: 70 });
    assert.ok(seen.every(({ done }, index) => index === 0 || done >= seen[index - 1].done));
  }
  const drawn = await there.evaluate(remote, { images, labels }, { steps: 30, workers: 2 });
  assert.deepEqual(await here.evaluate([plain, l4], { images, labels }, { steps: 30, seed: drawn.seed }), drawn);
});

test("evaluations go on where the trained network was closed, and copies go with their network", async () => {
  const own = await there.network(spec);
  const snns = await Promise.all([1, 0.5, 2].map((strength) => there.convert(own, { calibration, strength })));
  own.close();
  const result = await there.evaluate(snns.slice(0, 2), { images, labels }, { seed: 1, workers: 3 });
  assert.equal(result.images, 70);
  // The copy of the trained network stays as long as one of them needs it, and is not that of another network.
  snns[0].close();
  const again = await there.evaluate(snns.slice(1), { images, labels }, { seed: 1, workers: 3 });
  assert.deepEqual(again.networks[0].predictions, result.networks[1].predictions);
  const other = await there.convert(await there.network(denseSpec([20, 10, 5])), { calibration });
  assert.equal((await there.evaluate([other], { images, labels }, { seed: 1, steps: 5, workers: 3 })).images, 70);
  for (const snn of [...snns, other]) snn.close();
  await refusedLater(there.evaluate(snns, { images, labels }, { workers: 3 }), "closed", "spiking network");
});

test("calls at the same time do not disturb each other", async () => {
  const run = (index) => remote[index % 2].run(input, { seed: index });
  const work = there.evaluate(remote, { images, labels }, { seed: 9, steps: 200, workers: 2 });
  const frames = all(there.compare(remote, input, { steps: 50, seed: 4 }));
  const runs = await Promise.all(Array.from({ length: 20 }, (_, index) => run(index)));
  assert.deepEqual(
    runs,
    Array.from({ length: 20 }, (_, index) => [plain, l4][index % 2].run(input, { seed: index })),
  );
  assert.deepEqual(await work, await here.evaluate([plain, l4], { images, labels }, { seed: 9, steps: 200 }));
  assert.deepEqual(await frames, await all(here.compare([plain, l4], input, { steps: 50, seed: 4 })));
});

test("what is wrong is told as it is without a worker", async () => {
  const pairs = [
    [() => here.network({}), () => there.network({})],
    [() => here.readModel(new Uint8Array(9)), () => there.readModel(new Uint8Array(9))],
    [() => ann.predict(input.subarray(1)), () => remoteAnn.predict(input.subarray(1))],
    [() => here.convert(ann, { calibration, steps: -1 }), () => there.convert(remoteAnn, { calibration, steps: -1 })],
    [() => l4.run(input, { stepz: 1 }), () => remote[1].run(input, { stepz: 1 })],
    [() => l4.run(images), () => remote[1].run(images)],
    [() => l4.save("hdf"), () => remote[1].save("hdf")],
    ...[
      [{ images, labels }, { record: ["spikes"] }],
      [{ images, labels: labels.slice(1) }, { seed: 1 }],
      [{ images, labels: labels.slice(35) }, { seed: 1 }],
      [{ images, labels: labels.with(66, 7) }, { seed: 1 }],
      [{ images: images.with(1322, 2), labels }, { seed: 1 }],
      [{ images: new Float32Array(), labels: [] }, { seed: 1 }],
    ].map(([data, options]) => [
      () => here.evaluate([plain, l4], data, options),
      () => there.evaluate(remote, data, { ...options, workers: 2 }),
    ]),
  ];
  const failure = async (call) => {
    try {
      await call();
    } catch ({ name, code, message, details }) {
      return { name, code, message, details };
    }
    return assert.fail(`nothing was refused: ${call}`);
  };
  for (const [near, far] of pairs) assert.deepEqual(await failure(far), await failure(near));
});

test("what concerns workers alone is refused by name", async () => {
  for (const workers of [0, 1.5, 65, "2", Number.NaN]) {
    await refusedLater(
      there.evaluate(remote, { images, labels }, { workers }),
      "invalid-option",
      "`workers`",
      `${workers}`,
    );
  }
  await refusedLater(loadWorker({ worker: "x" }), "invalid-option", "`worker`", '"x"');
  await refusedLater(loadWorker({ worker: null }), "invalid-option", "`worker`", "null");
  await refusedLater(loadWorker({ workers: 2 }), "invalid-option", "`workers`", "wasm, worker");
  const other = await loadWorker();
  await refusedLater(other.convert(remoteAnn, { calibration }), "invalid-option", "`ann`");
  await refusedLater(other.readSnn(l4.save(), { ann: remoteAnn }), "invalid-option", "`ann`");
  await refusedLater(other.evaluate(remote, { images, labels }), "invalid-option", "`networks`");
  await refusedLater(other.evaluate([l4], { images, labels }), "invalid-option", "`networks`");
  other.close();
  other.close();
  await refusedLater(other.network(spec), "closed", "load()");
});

test("a conversion that is aborted stops, and the networks stay usable", async () => {
  const large = await there.network(denseSpec([400, 600, 600, 600, 10]));
  const inputs = intensities(400, 400);
  const controller = new AbortController();
  const work = there.convert(large, { calibration: inputs, signal: controller.signal });
  setTimeout(() => controller.abort("enough"), 5);
  await assert.rejects(work, { name: "AbortError", code: "aborted", cause: "enough" });
  await refusedLater(there.convert(large, { calibration: inputs, signal: AbortSignal.abort() }), "aborted");
  const signal = new AbortController().signal;
  const again = await there.convert(remoteAnn, { calibration, signal });
  assert.deepEqual(await again.run(input, { seed: 1 }), l4.run(input, { seed: 1 }));
  assert.deepEqual(again.layers, l4.layers);
});

test("handles can be disposed of with `using` and `await using`", async () => {
  const snn = await there.convert(remoteAnn, { calibration });
  const other = await there.convert(remoteAnn, { calibration });
  snn[Symbol.dispose]();
  await other[Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]();
  for (const gone of [snn, other]) await refusedLater(gone.run(input), "closed", "spiking network");
});

test("an evaluation takes its images as they are when it is called", async () => {
  const options = { steps: 20, seed: 1, workers: 2 };
  const expected = await there.evaluate(remote, { images, labels }, options);
  const mine = images.slice();
  const evaluation = there.evaluate(remote, { images: mine, labels }, options);
  mine.fill(0);
  assert.deepEqual(await evaluation, expected);
  const other = images.slice();
  const given = there.evaluate(remote, { images: other, labels }, options);
  structuredClone(other, { transfer: [other.buffer] });
  assert.deepEqual(await given, expected);
});

test("what was called before a network is closed is finished", async () => {
  const own = () => there.convert(remoteAnn, { calibration });
  const expected = await there.evaluate([remote[1]], { images, labels }, { seed: 1, steps: 20 });
  const evaluated = await own();
  const evaluation = there.evaluate([evaluated], { images, labels }, { seed: 1, steps: 20, workers: 2 });
  evaluated.close();
  // Nothing else begins with it while it is still there.
  await refusedLater(evaluated.run(input), "closed");
  await refusedLater(there.evaluate([evaluated], { images, labels }), "closed");
  assert.deepEqual(await evaluation, expected);
  const compared = await own();
  const frames = there.compare([compared], input, { seed: 1, steps: 3 });
  const first = frames.next();
  compared.close();
  assert.deepEqual((await first).value.step, 1);
  assert.equal((await all(frames)).length, 2);
  await refusedLater(there.compare([compared], input).next(), "closed");
  // Frames let go of a network once, so that nobody else has to.
  const both = await own();
  assert.equal((await all(there.compare([both], input, { seed: 1, steps: 3 }))).length, 3);
  const last = there.evaluate([both], { images, labels }, { seed: 1, steps: 20, workers: 2 });
  both.close();
  assert.deepEqual(await last, expected);
});

test("a frame that is being made stops when it is aborted", async () => {
  const large = await there.network(denseSpec([400, 2000, 10]));
  const calibration = intensities(4, 400);
  const snn = await there.convert(large, { calibration });
  const controller = new AbortController();
  const options = { seed: 1, steps: 300_000, stepsPerFrame: 300_000, signal: controller.signal };
  const frame = there.compare([snn], calibration.subarray(0, 400), options).next();
  await there.usage();
  controller.abort();
  const asked = async () => {
    for (let count = 0; count < 50; count++) await there.usage();
    return "it went on";
  };
  assert.equal(await Promise.race([frame.catch(({ code }) => code), asked()]), "aborted");
});

test("a saved network that was changed after the call was read as it had become", async () => {
  const bytes = l4.save();
  const reading = there.readSnn(bytes, { ann: remoteAnn });
  bytes.fill(0);
  assert.deepEqual(await (await reading).run(input, { seed: 1 }), l4.run(input, { seed: 1 }));
});

test("a run takes its options as they are when it is called", async () => {
  const options = { steps: 10 };
  const runs = [0, 1, 2].map((seed) => {
    options.seed = seed;
    return remote[0].run(input, options);
  });
  assert.deepEqual(
    (await Promise.all(runs)).map(({ seed }) => seed),
    [0, 1, 2],
  );
  const record = new Proxy(["spikes"], {});
  const proxied = await remote[0].run(input, new Proxy({ steps: 10, seed: 4, record }, {}));
  assert.deepEqual(proxied, plain.run(input, { steps: 10, seed: 4, record: ["spikes"] }));
});

test("a network keeps what its shared arrays held when it was made", async () => {
  const shared = (values) => {
    const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
    copy.set(values);
    return copy;
  };
  const layers = spec.layers.map((layer) => ({ ...layer, weights: shared(layer.weights) }));
  const made = await there.network({ ...spec, layers });
  const snn = await there.convert(made, { calibration });
  for (const { weights } of layers) weights.fill(0);
  const options = { steps: 20, seed: 1 };
  const [one, more] = [1, 3].map((workers) => there.evaluate([snn], { images, labels }, { ...options, workers }));
  assert.deepEqual(await more, await one);
  assert.deepEqual((await one).ann, (await here.evaluate([l4], { images, labels }, options)).ann);
});

test("a model file that is shared is read as it was, in every worker", async () => {
  const bytes = readModelFile("mnist-mlp-small");
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const reading = there.readModel(shared);
  shared.fill(0);
  const digits = intensities(3, 784);
  const own = await there.convert(await reading, { calibration: digits, steps: 20 });
  const data = { images: digits, labels: [0, 1, 2] };
  const [one, two] = [1, 2].map((workers) => there.evaluate([own], data, { seed: 1, workers }));
  assert.deepEqual(await two, await one);
  own.close();
});

test("a signal that goes with many calls is no leak", async () => {
  const warnings = [];
  const hear = (warning) => warnings.push(warning.name);
  process.on("warning", hear);
  const { signal } = new AbortController();
  const strengths = Array.from({ length: 12 }, (_, index) => 0.5 + index / 10);
  const sweep = strengths.map((strength) => there.convert(remoteAnn, { calibration, strength, signal }));
  for (const snn of await Promise.all(sweep)) snn.close();
  await there.evaluate(remote, { images, labels }, { steps: 5, workers: 2, signal });
  await all(there.compare(remote, input, { steps: 5, signal }));
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", hear);
  assert.deepEqual(warnings, []);
  assert.deepEqual(getEventListeners(signal, "abort"), [], "something still listens");
});

test("a signal stops a call that goes on when others with it have ended", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const convert = (steps) => there.convert(remoteAnn, { calibration, steps, signal });
  (await convert(1)).close();
  const [long, short] = [convert(100_000), convert(1)];
  const stopped = refusedLater(long, "aborted");
  (await short).close();
  controller.abort();
  await stopped;
});

test("each of many calls with one signal stops when it aborts", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const sweep = Array.from({ length: 12 }, () => there.convert(remoteAnn, { calibration, steps: 100_000, signal }));
  setTimeout(() => controller.abort());
  for (const call of sweep) await refusedLater(call, "aborted");
  assert.ok((await remote[0].run(input, { steps: 1 })).steps === 1);
});

test("a description whose toJSON gives nothing ended the worker", async () => {
  await refusedLater(there.network({ toJSON: () => undefined }), "invalid-option", "`network`");
  assert.equal((await remoteAnn.predict(input)).length, ann.outputs);
});
