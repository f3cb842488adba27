// What is written by commands is as they would write it: figures from docs/results.json, parameters from the page.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { withHeadline } from "../../scripts/lib/headline.mjs";
import { ofCoins } from "../../study/comparisons.mjs";
import { atFive, beaten, beatenByOtherSteps, dearer, inPairs, told } from "../../study/losses.mjs";
import { isPublished } from "../../study/methods.mjs";
import { multiplications } from "../../study/multiplications.mjs";
import { Results, readResults } from "../../study/results.mjs";
import { byName, joined, listen } from "../../study/run.mjs";
import { silenceOf } from "../../study/silence.mjs";
import { agree, frontier, summarise } from "../../study/statistics.mjs";
import { document } from "../../study/tables.mjs";
import { withTable } from "../../www/scripts/links.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("table and answers of the README are what docs/results.json gives", () => {
  assert.equal(withHeadline(read("README.md"), readResults()), read("README.md"));
});

test("docs/results.md is what docs/results.json gives", () => {
  assert.equal(document(readResults()), read("docs/results.md"));
});

test("the guide to links has every parameter of the page, as its controls have it", async () => {
  const guide = read("docs/guides/links.md");
  assert.equal(await withTable(guide), guide);
  assert.match(guide, /\| `strength` \|/);
});

test("what the page says of signed neurons is what the study found", () => {
  const [, points, share] = read("www/src/presets.ts").match(
    /L4 ([\d.]+) points more accurate here, at (\d+) % more operations/,
  );
  const cell = (method) => readResults().cell("fashion-cnn", method, 20);
  const [signed, usual] = ["l4, signed, margin", "l4, margin"].map(cell);
  assert.equal((100 * signed.lessDefault[0]).toFixed(1), points);
  assert.equal((100 * (signed.operations[0] / usual.operations[0] - 1)).toFixed(0), share);
});

test("what the guide and the method say in figures is what the study found", () => {
  const results = readResults();
  const [, ...gains] = read("docs/guides/choosing.md")
    .replace(/\s+/g, " ")
    .match(/gains ([\d.]+), ([\d.]+) and ([\d.]+) points on fashion-cnn after 10, 20 and 100 steps/);
  const signed = (steps) => results.cell("fashion-cnn", "l4, signed, margin", steps).lessDefault[0];
  assert.deepEqual(
    gains,
    [10, 20, 100].map((steps) => (100 * signed(steps)).toFixed(1)),
  );
  const coins = read("docs/guides/choosing.md").match(/within ([\d.]+) points for up to ([\d.]+) times the operations/);
  assert.deepEqual(coins.slice(1), Object.values(ofCoins(results)));
  const [, margin] = read("docs/guides/choosing.md").match(/up to ([\d.]+) points on fashion-cnn with a floor/);
  const without = results.entry("fashion-cnn", { floor: 0, inputRate: 1 }).methods["l4, measured"];
  assert.equal(margin, (100 * Math.max(...without.map(({ lessDefault: [mean] }) => -mean))).toFixed(1));
  const [, gained] = read("docs/method.md").match(/up to ([\d.]+)\s+points on mnist-cnn-max with a floor/);
  const flips = results.entry("mnist-cnn-max", { floor: 0, inputRate: 1 }).methods["l4, coin flips"];
  assert.equal(gained, (100 * Math.max(...flips.map(({ lessL4: [mean] }) => mean))).toFixed(1));
  const [, above] = read("docs/method.md")
    .replace(/\s+/g, " ")
    .match(/by (\d+) points on mnist-cnn-max after 5, without any correction/);
  assert.equal(above, (100 * results.cell("mnist-cnn-max", "l4, not corrected", 5).lessLimit[0]).toFixed(0));
});

test("what the page says of operations is what the study found", () => {
  const share = (model, steps) => {
    const [l4, plain] = ["l4, margin", "plain"].map((method) => readResults().cell(model, method, steps).operations[0]);
    return (100 * l4) / plain;
  };
  const [, fewer] = read("www/src/presets.ts").match(/L4 with (\d+) % fewer operations/);
  assert.equal(fewer, (100 - share("mnist-mlp", 10)).toFixed(0));
  const shares = ["mnist-cnn", "mnist-cnn-max", "fashion-cnn"].map((model) => Math.round(share(model, 100)));
  const [, least, most] = read("www/src/tour-texts.ts").match(/or more so at (\d+) to (\d+) %/);
  assert.deepEqual([Number(least), Number(most)], [Math.min(...shares), Math.max(...shares)]);
});

test("what the page says of multiplications by 0 is what the study counted", () => {
  const counts = Object.values(readResults().data.multiplications);
  const shares = counts.map(({ all, used }) => Math.round((100 * used) / all));
  const [, least, most] = read("www/src/analysis/EnergyPlot.tsx").match(/only (\d+) to (\d+) % of the multiplications/);
  assert.deepEqual([Number(least), Number(most)], [Math.min(...shares), Math.max(...shares)]);
});

test("a figure that was changed by hand is noticed", () => {
  const readme = read("README.md");
  const changed = readme.replace(/\| mnist-mlp, none, 100 \| 99/, "| mnist-mlp, none, 100 | 98");
  assert.notEqual(changed, readme);
  assert.equal(withHeadline(changed, readResults()), readme);
  const told = readme.replace(/on fashion-cnn 2\d\.\d points/, "on fashion-cnn 30.0 points");
  assert.notEqual(told, readme);
  assert.equal(withHeadline(told, readResults()), readme);
});

test("what the README says in words is what the cells say", () => {
  const readme = read("README.md").replace(/\s+/g, " ");
  const { settings } = JSON.parse(read("docs/results.json"));
  const cell = (model, method, steps) => {
    const { methods } = settings.find(
      (one) =>
        one.model === model && !one.variant && one.coding === "poisson" && one.inputRate === 0.25 && one.floor === null,
    );
    return methods[method].find((one) => one.steps === steps);
  };
  const shares = ["mnist-cnn", "mnist-cnn-max", "fashion-cnn"].map((model) => {
    const [l4, plain] = ["l4, margin", "plain"].map((method) => cell(model, method, 100).operations[0]);
    return Math.round((100 * l4) / plain);
  });
  const [, least, most] = readme.match(
    /takes (\d+) to (\d+) % of plain's operations on the networks with convolutions/,
  );
  assert.deepEqual([Number(least), Number(most)], [Math.min(...shares), Math.max(...shares)]);
  const [, early, late] = readme.match(/on fashion-cnn ([\d.]+) points after 20 steps and ([\d.]+) after 100/);
  const ahead = (steps) => 100 * -cell("fashion-cnn", "plain", steps).lessDefault[0];
  assert.deepEqual(
    [early, late],
    [20, 100].map((steps) => ahead(steps).toFixed(1)),
  );
  const [, behind, by] = readme.match(/Wang 2022\) are ([\d.]+) to ([\d.]+) points ahead on fashion-cnn/);
  const signed = [20, 35, 50, 100, 200].map(
    (steps) => 100 * cell("fashion-cnn", "plain, signed, gain", steps).lessDefault[0],
  );
  assert.deepEqual([behind, by], [Math.min(...signed).toFixed(1), Math.max(...signed).toFixed(1)]);
});

test("progress of the study that comes in two parts is a number", async () => {
  const [stream, images, complaints] = [new PassThrough(), [], []];
  const heard = listen(
    stream,
    (done) => images.push(done),
    (line) => complaints.push(line),
  );
  for (const part of ["done 20\ndo", "ne 40\nerror no", " images\n"]) stream.write(part);
  stream.end();
  await once(heard, "close");
  assert.deepEqual([images, complaints], [[20, 40], ["error no images"]]);
});

test("two methods of the study have one name only where they do the same", () => {
  const [weak, alike, other] = [0.6, 0.6, 0.9].map((strength) => ({ name: "weak", options: { strength } }));
  assert.equal(byName([weak, alike]).size, 1);
  assert.throws(() => byName([weak, other]), /named `weak`/);
});

test("a method that is added to what was run before runs alone, on the same spikes", () => {
  const method = (name, strength) => ({ name, options: { strength } });
  const told = (names, inputSpikes) => [{ inputSpikes, cells: names.map((method) => ({ method, hits: "1" })) }];
  const first = joined({ methods: {}, outcomes: [] }, [method("a", 1), method("b", 2)], told(["a", "b"], 7));
  const both = joined(first, [method("b", 3), method("c", 4)], told(["b", "c"], 7));
  assert.deepEqual(Object.keys(both.methods), ["a", "b", "c"]);
  assert.deepEqual(both.methods.b.options, { strength: 3 });
  assert.deepEqual(both.outcomes, told(["a", "b", "c"], 7));
  assert.throws(() => joined(first, [method("c", 4)], told(["c"], 8)), /raise VERSION/);
});

const job = {
  model: "m",
  data: "d",
  coding: "poisson",
  inputRate: 0.25,
  floor: null,
  steps: [10],
  methods: ["plain", "l4"],
};
const cell = (method, hits, operations) => {
  const sums = { sum: operations * hits.length, squares: operations ** 2 * hits.length };
  return { method, steps: 10, hits, spikes: sums, operations: sums };
};
const result = (seed, first, plain, l4) => ({
  job: { ...job, seed, first, images: plain.length },
  outcome: {
    ann: "1".repeat(plain.length),
    limit: ["1".repeat(plain.length)],
    inputSpikes: [8],
    cells: [cell("plain", plain, 100), cell("l4", l4, 40)],
  },
});

test("differences are paired image by image, whatever the seeds", () => {
  // Images 0 to 3 with one seed, 4 to 7 with another.
  const [{ images, methods }] = summarise([result(1, 0, "1100", "1110"), result(2, 4, "1111", "1111")]);
  assert.equal(images, 8);
  assert.deepEqual(methods.plain[0].accuracy[0], 0.75);
  const [difference, error] = methods.l4[0].lessPlain;
  assert.equal(difference, 0.125);
  // One of eight differs: the standard deviation is sqrt(1/8), over sqrt(8).
  assert.ok(Math.abs(error - 0.125) < 1e-6);
  assert.ok(!("seedSpread" in methods.plain[0]), "it would be that between images");
  assert.deepEqual(methods.l4[0].operations, [40, 0]);
  assert.deepEqual(methods.plain[0].lessL4, [-0.125, error]);
});

test("an image that several seeds show counts once, with its mean", () => {
  const [{ images, presentations, methods }] = summarise([result(1, 0, "10", "11"), result(2, 0, "11", "11")]);
  assert.deepEqual([images, presentations], [2, 4]);
  assert.equal(methods.plain[0].accuracy[0], 0.75);
  assert.equal(methods.plain[0].accuracy[1], 0.25);
  assert.equal(methods.plain[0].seedSpread, 0.35);
});

test("the error of operations shrank with the seeds that show the same images", () => {
  const shown = (seeds) => {
    const results = seeds.map((seed) => result(seed, 0, "10", "11"));
    // 10 operations for one image, 20 for the other.
    for (const { outcome } of results) for (const cell of outcome.cells) cell.operations = { sum: 30, squares: 500 };
    return summarise(results)[0].methods.plain[0].operations;
  };
  assert.deepEqual(shown([1]), [15, 5]);
  assert.deepEqual(shown([1, 2]), [15, 4.1]);
});

test("what is both cheaper and clearly better leaves a method behind", () => {
  const of = (accuracy, error, operations) => [{ accuracy: [accuracy, error], operations: [operations, 0] }];
  const methods = { a: of(0.9, 0.01, 100), b: of(0.95, 0.01, 50), c: of(0.91, 0.01, 10), d: of(0.5, 0.01, 60) };
  assert.deepEqual(frontier(methods, 0), ["b", "c"]);
  assert.ok(agree([0.9, 0.01], [0.94, 0.01]) && !agree([0.9, 0.01], [0.95, 0.01]));
});

test("multiplications by 0 are left out, behind pools as well", () => {
  const layers = [
    { type: "conv2d", shape: [1, 2, 2] },
    { type: "maxPool2d", shape: [1, 1, 1] },
    { type: "flatten", shape: [1] },
    { type: "dense", shape: [3] },
  ];
  const ann = { inputs: 9, layers };
  const [quiet, busy] = [Float32Array.of(0, 0, 0, 0), Float32Array.of(0, 0, 0, 2)];
  const snn = (hidden) => ({ synapses: 19, activations: () => [hidden, new Float32Array(3)] });
  // Windows of 2 x 2 pixels: the one in the middle is in all four, that of a corner in one.
  const image = (...at) => Float32Array.from({ length: 9 }, (_, pixel) => (at.includes(pixel) ? 1 : 0));
  assert.deepEqual(multiplications(ann, snn(quiet), image(4)), { all: 19, used: 4 });
  assert.deepEqual(multiplications(ann, snn(busy), image(0, 1)), { all: 19, used: 1 + 2 + 3 });
  assert.throws(() => multiplications(ann, { ...snn(busy), synapses: 20 }, image(0)), /19 multiplications .* of 20/);
});

test("false spikes and lost activations are shares of what there is", () => {
  const activations = [Float32Array.of(0, 2, 0, 1), Float32Array.of(0, 5)];
  const spikes = [{ neuron: Uint32Array.of(0, 0, 1, 1, 1) }, { neuron: Uint32Array.of(0, 1, 1) }];
  assert.deepEqual(silenceOf(activations, spikes), { fired: 2 / 3, falseSpikes: 3 / 8, lost: 1 / 8 });
  const nothing = [{ neuron: new Uint32Array() }];
  assert.deepEqual(silenceOf([new Float32Array(2)], nothing), { fired: 0, falseSpikes: 0, lost: 0 });
});

test("where the default loses is told by paired errors, of published methods and of ours, whatever the steps", () => {
  const cell = (steps, accuracy, operations, lessDefault) => ({
    steps,
    accuracy: [accuracy, 0.01],
    operations: [operations, 0],
    ...(lessDefault && { lessDefault }),
  });
  const entry = {
    ...{ model: "m", split: "test", coding: "poisson", inputRate: 0.25, floor: null },
    limit: [{ steps: 5 }, { steps: 10 }],
    methods: {
      "l4, margin": [cell(5, 0.5, 100), cell(10, 0.8, 200)],
      // Better with 5 steps than the default with 10, for less.
      channel: [cell(5, 0.9, 150, [0.4, 0.1]), cell(10, 0.7, 190, [-0.1, 0.01])],
      "l4, half": [cell(5, 0.5, 90, [0, 0.1]), cell(10, 0.81, 150, [0.01, 0.001])],
      light: [cell(5, 0.4, 90), cell(10, 0.82, 150)],
      weights: [cell(5, 0.1, 10), cell(10, 0.1, 20, [-0.7, 0.01])],
      max: [cell(5, 0.4, 90), cell(10, 0.83, 400, [0.03, 0.01])],
    },
  };
  const results = new Results({ settings: [entry] });
  const { published, silent, own, unpaired, unpairedPublished } = inPairs(results);
  assert.deepEqual(published, { count: 1, worse: 1, better: [] });
  assert.deepEqual(silent, { count: 1, worse: 1, better: [] });
  assert.deepEqual([own.count, own.worse, unpaired, unpairedPublished], [1, 0, 1, 1]);
  assert.match(told(own.better[0]), /^m at 10 steps: `l4, half` by 1\.00 ± 0\.10 points, 0\.750 x$/);
  assert.deepEqual(beaten(results), []);
  assert.match(dearer(results).map(told).join(), /^m at 10 steps: `max` by 3\.00 ± 1\.00 points, 2\.000 x$/);
  const [five] = atFive(results);
  assert.match(told(five), /^m at 5 steps: `channel` by .*, 1\.500 x$/);
  assert.deepEqual([five.of, five.cheaper], [1, 0]);
  assert.match(beatenByOtherSteps(results, isPublished).join(), /^m at 10 steps, .*`channel` at 5 steps, 90\.00/);
  assert.deepEqual(
    beatenByOtherSteps(results, (name) => !isPublished(name)),
    [],
  );
});
