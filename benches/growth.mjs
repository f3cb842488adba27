// `npm run bench:growth [-- --json --plots --quick]`: how the time of a run grows with spikes, steps, fan-out and depth, in
// Node, how far it is from a straight line, what two workers do, and how the time of a conversion grows with depth.
// `--plots` draws it into docs/plots.

import { load } from "quartic-snn";
import { calibrationDigits, readModelFile, testDigits } from "../examples/evaluate/data.mjs";
import { byDepth, depthTable } from "./lib/conversions.mjs";
import { drawGrowth } from "./lib/growth-plots.mjs";
import { uniform } from "./lib/random.mjs";
import { byWorkers } from "./lib/workers.mjs";

const PIXELS = 784;
// For a busy machine: fewer digits and repeats.
const quick = process.argv.includes("--quick");
const images = quick ? 8 : 16;
const repeats = quick ? 15 : 40;
const quartic = await load();
const digits = testDigits(images).images;
const calibration = calibrationDigits();

const mean = (values) => values.reduce((sum, value) => sum + value) / values.length;

/** Operations, spikes and microseconds per image, the fastest of some repeats for each image. */
function measured(snn, steps) {
  const fastest = new Array(images).fill(Number.POSITIVE_INFINITY);
  const runs = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (let stream = 0; stream < images; stream++) {
      const image = digits.subarray(stream * PIXELS, (stream + 1) * PIXELS);
      const begun = performance.now();
      runs[stream] = snn.run(image, { steps, seed: 1, stream });
      fastest[stream] = Math.min(fastest[stream], performance.now() - begun);
    }
  }
  return {
    operations: mean(runs.map(({ synapticOperations }) => synapticOperations)),
    spikes: mean(runs.map(({ spikesPerLayer }) => spikesPerLayer.reduce((sum, spikes) => sum + spikes))),
    microseconds: 1000 * mean(fastest),
  };
}

/** Weights that look random; a few more above zero than below. */
function weights(outputs, inputs) {
  const scale = 2.5 / Math.sqrt(inputs);
  const next = uniform(outputs + inputs);
  return Float32Array.from({ length: outputs * inputs }, () => scale * (next() - 0.48));
}

/** Hidden layers of one width, and ten outputs. */
function stack(depth, width) {
  const sizes = [PIXELS, ...new Array(depth).fill(width), 10];
  const layer = (outputs, index) => ({
    type: "dense",
    weights: weights(outputs, sizes[index]),
    activation: index + 2 < sizes.length ? "relu" : "linear",
  });
  return quartic.network({ inputShape: [PIXELS], layers: sizes.slice(1).map(layer) });
}

const trained = quartic.readModel(readModelFile("mnist-mlp"));

// What is hot is compiled again while it runs: nothing is measured before that has been done.
const warmUp = quartic.convert(trained, { calibration, adjustment: "none" });
for (let seed = 0; seed < 3000; seed++) warmUp.run(digits.subarray(0, PIXELS), { steps: 100, seed });
warmUp.close();

/** The value that varies, the trained network, the input rate and the steps. */
const series = {
  "input rate (spikes)": [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1].map((rate) => [rate, trained, rate, 100]),
  steps: [25, 50, 100, 200, 400, 800].map((steps) => [steps, trained, 0.25, steps]),
  "fan-out (width of one hidden layer)": [64, 128, 256, 512, 1024, 2048].map((n) => [n, stack(1, n), 0.25, 100]),
  "depth (hidden layers of 256)": [1, 2, 3, 4, 6, 8].map((depth) => [depth, stack(depth, 256), 0.25, 100]),
};

/** The line through the points that keeps the relative distances small, and the largest of them. */
function line(points) {
  const sums = points.reduce(
    ([w, x, xx, y, xy], { operations: o, microseconds: t }) => {
      const weight = 1 / t ** 2;
      return [w + weight, x + weight * o, xx + weight * o * o, y + weight * t, xy + weight * o * t];
    },
    [0, 0, 0, 0, 0],
  );
  const [w, x, xx, y, xy] = sums;
  const slope = (w * xy - x * y) / (w * xx - x * x);
  const offset = (y - slope * x) / w;
  const apart = points.map(
    ({ operations, microseconds }) => Math.abs(offset + slope * operations - microseconds) / microseconds,
  );
  return { offset, slope, largestDistance: Math.max(...apart) };
}

const results = Object.entries(series).map(([varied, runs]) => {
  const points = runs.map(([value, ann, inputRate, steps]) => {
    const [point, fixed] = ["f32", "fixed"].map((precision) => {
      const snn = quartic.convert(ann, { calibration, adjustment: "none", inputRate, precision });
      const found = measured(snn, steps);
      snn.close();
      return found;
    });
    return { value, ...point, fixed };
  });
  return { varied, points, ...line(points) };
});
const workers = await byWorkers(quick);
const conversions = byDepth(quartic, calibration, quick);

function table({ varied, points, offset, slope, largestDistance }) {
  const rows = points.map(({ value, operations, microseconds, fixed }) => {
    const speed = (operations / microseconds / 1000).toFixed(2);
    const cells = [value, Math.round(operations).toLocaleString("en"), microseconds.toFixed(0), speed];
    return `| ${[...cells, fixed.microseconds.toFixed(0)].join(" | ")} |`;
  });
  const share = (100 * largestDistance).toFixed(0);
  return [
    `| ${varied} | synaptic operations | µs | G operations/s | µs in fixed point |`,
    "|---|---|---|---|---|",
    ...rows,
    "",
    `Line: ${offset.toFixed(0)} µs and ${(slope * 1000).toFixed(3)} ns an operation; at most ${share} % away.`,
  ].join("\n");
}

function workersTable({ model, images: count, rounds, points, load: others }) {
  const [one] = points;
  const rows = points.map(({ workers: n, imagesPerSecond, fastest }) => {
    const cells = [n, imagesPerSecond.toFixed(0), fastest.toFixed(0), (fastest / one.fastest).toFixed(2)];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    `| workers | images/s, median of ${rounds} | fastest | fastest, of one worker |`,
    "|---|---|---|---|",
    ...rows,
    "",
    `${model}, plain, ${count} images; load of the machine before: ${others.toFixed(1)} on ${points.length} cores or more.`,
  ].join("\n");
}

if (process.argv.includes("--plots")) drawGrowth(results, workers);
const printed = process.argv.includes("--json")
  ? JSON.stringify({ results, workers, conversions }, null, 2)
  : [...results.map(table), workersTable(workers), depthTable(conversions)].join("\n\n");
console.log(printed);
