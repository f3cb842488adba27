// Networks on a data set.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "quartic-snn";
import { calibrationDigits, readModelFile, testDigits } from "../../examples/evaluate/data.mjs";
import { denseSpec, intensities, small } from "./lib/fixtures.mjs";
import { refused, refusedLater } from "./lib/refused.mjs";

const quartic = await load();
const { ann, calibration } = small(quartic);
const [plain, l4] = ["none", "l4"].map((adjustment) => quartic.convert(ann, { calibration, adjustment }));
const count = 24;
const images = intensities(count, 20, 55);
const image = (index) => images.subarray(index * 20, (index + 1) * 20);

/** The classes that the trained network sees, every fourth one changed. */
const labels = Array.from({ length: count }, (_, index) => {
  const outputs = [...ann.predict(image(index))];
  return (outputs.indexOf(Math.max(...outputs)) + (index % 4 === 0 ? 1 : 0)) % 5;
});
const data = { images, labels };
const evaluate = (changes, options, networks = [plain, l4]) =>
  quartic.evaluate(networks, { ...data, ...changes }, { seed: 9, ...options });

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const near = (value, expected) => assert.ok(Math.abs(value - expected) < 1e-9, `${value} is not ${expected}`);

test("the result says how many images, which seed, and how often the trained network was right", async () => {
  const result = await evaluate({}, { steps: 40 });
  assert.deepEqual([result.images, result.steps, result.seed], [count, 40, 9]);
  assert.equal(result.ann.accuracy, 0.75);
  assert.ok(result.ann.standardError > 0 && result.ann.standardError < 0.2);
  assert.ok(result.inputLimit.accuracy >= 0 && result.inputLimit.accuracy <= 1);
  assert.deepEqual(
    result.networks.map(({ name }) => name),
    ["plain", "l4"],
  );
});

test("accuracy by step ends with the accuracy", async () => {
  for (const network of (await evaluate({}, { steps: 70 })).networks) {
    assert.equal(network.accuracyByStep.length, 70);
    assert.equal(network.accuracyByStep.at(-1), network.accuracy);
    assert.equal(network.accuracy, mean(labels.map((label, index) => Number(label === network.predictions[index]))));
  }
});

test("image i is a run with stream i of the same seed", async () => {
  const result = await evaluate({}, { steps: 60 });
  [plain, l4].forEach((network, index) => {
    const runs = labels.map((_, stream) => network.run(image(stream), { steps: 60, seed: 9, stream }));
    const report = result.networks[index];
    assert.deepEqual(
      [...report.predictions],
      runs.map(({ prediction }) => prediction),
    );
    near(report.spikesPerImage, mean(runs.map(({ spikesPerLayer: [, ...after] }) => mean(after) * after.length)));
    near(report.synapticOperationsPerImage, mean(runs.map(({ synapticOperations }) => synapticOperations)));
    near(result.inputSpikesPerImage, mean(runs.map(({ spikesPerLayer }) => spikesPerLayer[0])));
  });
});

test("paired differences are those of the means, against the first network and the input limit", async () => {
  const { pairedDifferences, networks, inputLimit } = await evaluate();
  const pairs = pairedDifferences.map(({ network, baseline }) => [network, baseline]);
  assert.deepEqual(pairs, [
    ["l4", "plain"],
    ["plain", "inputLimit"],
    ["l4", "inputLimit"],
  ]);
  const [between, ...limits] = pairedDifferences;
  near(between.accuracy.mean, networks[1].accuracy - networks[0].accuracy);
  near(between.spikesPerImage.mean, networks[1].spikesPerImage - networks[0].spikesPerImage);
  const operations = networks.map(({ synapticOperationsPerImage }) => synapticOperationsPerImage);
  near(between.synapticOperationsPerImage.mean, operations[1] - operations[0]);
  limits.forEach(({ accuracy, spikesPerImage, synapticOperationsPerImage }, index) => {
    near(accuracy.mean, networks[index].accuracy - inputLimit.accuracy);
    assert.deepEqual([spikesPerImage, synapticOperationsPerImage], [null, null]);
  });
});

test("a network that has the name of the input limit is told apart from it", async () => {
  const own = quartic.convert(ann, { calibration, name: "inputLimit" });
  const { pairedDifferences } = await quartic.evaluate([own, l4], { images, labels }, { steps: 5, seed: 1 });
  assert.deepEqual(
    pairedDifferences.map(({ network, baseline }) => `${network} less ${baseline}`),
    ["l4 less inputLimit-2", "inputLimit-2 less inputLimit", "l4 less inputLimit"],
  );
});

test("networks run for the most steps that one of them was converted for, and may have a single input", async () => {
  const spec = {
    inputShape: [1],
    layers: [{ type: "dense", weights: new Float32Array([1, -1]), activation: "linear" }],
  };
  const single = quartic.network(spec);
  const networks = [20, 30].map((steps) => quartic.convert(single, { calibration: new Float32Array([1]), steps }));
  const result = await quartic.evaluate(networks, { images: new Float32Array([1, 0.5, 1]), labels: [0, 0, 1] });
  assert.deepEqual([result.images, result.steps, result.ann.accuracy], [3, 30, 2 / 3]);
});

test("the same seed gives the same result, and a drawn one repeats it", async () => {
  const drawn = await evaluate({}, { seed: undefined });
  assert.deepEqual(await evaluate({}, { seed: drawn.seed }), drawn);
});

test("labels may be of any kind of array", async () => {
  const expected = await evaluate();
  for (const kind of [Uint8Array, Int32Array, Float64Array]) {
    assert.deepEqual(await evaluate({ labels: kind.from(labels) }), expected);
  }
});

test("progress is told up to the last image", async () => {
  const seen = [];
  await evaluate({}, { steps: 3000, onProgress: (progress) => seen.push(progress) });
  assert.deepEqual(seen.at(-1), { done: count, total: count });
  assert.ok(seen.every(({ done }, index) => index === 0 || done >= seen[index - 1].done));
});

test("the result so far is that of the images done, and the last one is the result", async () => {
  const seen = [];
  const onProgress = ({ done }, soFar) => seen.push({ done, result: soFar() });
  const result = await evaluate({}, { steps: 3000, onProgress });
  assert.ok(seen.every(({ done, result }) => (result?.images ?? 0) === done));
  assert.deepEqual(seen.at(-1).result, result);
});

test("the result so far knows nothing of an image that is not done", async () => {
  const [own, alone] = [image(0), [labels[0]]];
  const repeated = { images: Float32Array.from({ length: 6 * own.length }, (_, i) => own[i % own.length]) };
  const seen = [];
  const onProgress = ({ done }, soFar) => seen.push([done, soFar()]);
  await evaluate({ ...repeated, labels: Array(6).fill(alone[0]) }, { steps: 100_000, onProgress });
  assert.ok(seen.length > 6);
  for (const [done, result] of seen) {
    assert.equal(result === undefined, done === 0);
    if (!result) continue;
    const { images, networks, ann } = result;
    assert.ok(images === done && ann.accuracy >= 0 && ann.accuracy <= 1);
    for (const { accuracy, accuracyByStep } of networks) {
      assert.ok(accuracyByStep.every((share) => share >= 0 && share <= 1));
      assert.equal(accuracyByStep.at(-1), accuracy);
    }
  }
});

test("an aborted signal stops the work and leaves the networks usable", async () => {
  const controller = new AbortController();
  const options = { steps: 100_000, signal: controller.signal, onProgress: () => controller.abort("enough") };
  await assert.rejects(evaluate({}, options), { name: "AbortError", code: "aborted", cause: "enough" });
  await refusedLater(evaluate({}, { signal: AbortSignal.abort() }), "aborted");
  assert.equal((await evaluate()).images, count);
});

test("a fault in onProgress is handed on", async () => {
  const fault = new Error("mine");
  const onProgress = () => {
    throw fault;
  };
  await assert.rejects(evaluate({}, { onProgress }), (error) => error === fault);
});

test("labels that are no classes are refused with their place", async () => {
  const changed = (value) => labels.map((label, index) => (index === 2 ? value : label));
  for (const value of [5, -1, 1.5, Number.NaN, 2 ** 32]) {
    await refusedLater(evaluate({ labels: changed(value) }), "invalid-input", "labels", "index 2");
  }
  await refusedLater(evaluate({ labels: changed(2n) }), "invalid-input", "labels", "2n", "index 2");
  await refusedLater(evaluate({ labels: 5 }), "invalid-option", "`labels`", "5");
  await refusedLater(evaluate({ labels: "01" }), "invalid-option", "`labels`", '"01"');
  await refusedLater(evaluate({ labels: undefined }), "invalid-option", "`labels`", "undefined");
});

test("images of a wrong length, kind or range are refused", async () => {
  await refusedLater(evaluate({ images: images.subarray(1) }), "shape-mismatch", "images", "20", `${count * 20 - 1}`);
  await refusedLater(evaluate({ images: new Float32Array(), labels: [] }), "shape-mismatch", "images", "0");
  await refusedLater(evaluate({ labels: labels.slice(1) }), "shape-mismatch", "images", `${count - 1} labels`);
  await refusedLater(evaluate({ images: [...images] }), "invalid-option", "`images`", "an array");
  await refusedLater(evaluate({ images: images.map(() => 2) }), "invalid-input", "images", "2");
  await refusedLater(quartic.evaluate([l4]), "invalid-option", "`data`", "undefined");
  await refusedLater(evaluate({ names: [] }), "invalid-option", "`names`", "images, labels");
});

test("options that an evaluation has not are refused", async () => {
  await refusedLater(evaluate({}, { steps: 0 }), "invalid-option", "`steps`", "0");
  await refusedLater(evaluate({}, { record: ["spikes"] }), "invalid-option", "`record`");
  await refusedLater(evaluate({}, { stream: 5 }), "invalid-option", "`stream`", "5");
  await refusedLater(evaluate({}, { onProgress: 5 }), "invalid-option", "`onProgress`", "5");
  await refusedLater(evaluate({}, { signal: "stop" }), "invalid-option", "`signal`", '"stop"');
  await refusedLater(evaluate({}, { images: 5 }), "invalid-option", "`images`", "steps");
});

test("no networks, other things and networks of different trained networks are refused", async () => {
  await refusedLater(evaluate({}, {}, []), "invalid-option", "`networks`");
  await refusedLater(evaluate({}, {}, [ann]), "invalid-option", "`networks`");
  const other = quartic.convert(quartic.network(denseSpec([20, 10, 5])), { calibration });
  await refusedLater(evaluate({}, {}, [l4, other]), "invalid-option", "`networks`", "different");
  const slow = quartic.convert(ann, { calibration, inputRate: 0.1 });
  await refusedLater(evaluate({}, {}, [l4, slow]), "invalid-option", "`inputRate`", "0.1");
});

test("a trained network of this repo reads real digits before and after conversion", async () => {
  const model = quartic.readModel(readModelFile("mnist-mlp-small"));
  const training = calibrationDigits().subarray(0, 100 * 784);
  const networks = ["none", "l4"].map((adjustment) => quartic.convert(model, { calibration: training, adjustment }));
  const { ann: trained, networks: results } = await quartic.evaluate(networks, testDigits(50), { seed: 1 });
  assert.ok(trained.accuracy > 0.9);
  for (const { name, accuracy } of results) assert.ok(accuracy > 0.9, `${name}: ${accuracy}`);
  assert.ok(results[1].spikesPerImage < results[0].spikesPerImage);
});

test("what was found so far is refused as closed after the end, and the networks live on", async () => {
  let late;
  const onProgress = (_, soFar) => {
    late = soFar;
  };
  await evaluate({}, { steps: 5, onProgress });
  refused(late, "closed", "evaluation");
  assert.equal(plain.run(image(0), { steps: 5, seed: 1 }).steps, 5);
});
