// `npm run bench:growth [-- --json]`: how the time of a run grows with spikes, steps, fan-out and depth, in Node, and how
// far it is from a straight line.

import { load } from "quartic-snn";
import { calibrationDigits, readModelFile, testDigits } from "../examples/evaluate/data.mjs";

const PIXELS = 784;
const images = 16;
const repeats = 40;
const quartic = await load();
const digits = testDigits(images).images;
const calibration = calibrationDigits();

/** Operations and microseconds per image, the fastest of some repeats for each image. */
function measured(snn, steps) {
  const fastest = new Array(images).fill(Number.POSITIVE_INFINITY);
  let operations = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    operations = 0;
    for (let stream = 0; stream < images; stream++) {
      const image = digits.subarray(stream * PIXELS, (stream + 1) * PIXELS);
      const begun = performance.now();
      operations += snn.run(image, { steps, seed: 1, stream }).synapticOperations;
      fastest[stream] = Math.min(fastest[stream], performance.now() - begun);
    }
  }
  return { operations: operations / images, microseconds: (1000 * fastest.reduce((a, b) => a + b)) / images };
}

/** Weights that look random, the same on every machine; a few more above zero than below. */
function weights(outputs, inputs) {
  const scale = 2.5 / Math.sqrt(inputs);
  let state = outputs + inputs;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
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
const plain = (ann, inputRate = 0.25) => quartic.convert(ann, { calibration, adjustment: "none", inputRate });

const series = {
  "input rate (spikes)": [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1].map((rate) => [rate, plain(trained, rate), 100]),
  steps: [25, 50, 100, 200, 400, 800].map((steps) => [steps, plain(trained), steps]),
  "fan-out (width of one hidden layer)": [64, 128, 256, 512, 1024, 2048].map((n) => [n, plain(stack(1, n)), 100]),
  "depth (hidden layers of 256)": [1, 2, 3, 4, 6, 8].map((depth) => [depth, plain(stack(depth, 256)), 100]),
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
  const points = runs.map(([value, snn, steps]) => ({ value, ...measured(snn, steps) }));
  return { varied, points, ...line(points) };
});

function table({ varied, points, offset, slope, largestDistance }) {
  const rows = points.map(({ value, operations, microseconds }) => {
    const speed = (operations / microseconds / 1000).toFixed(2);
    return `| ${value} | ${Math.round(operations).toLocaleString("en")} | ${microseconds.toFixed(0)} | ${speed} |`;
  });
  const share = (100 * largestDistance).toFixed(0);
  return [
    `| ${varied} | synaptic operations | µs | G operations/s |`,
    "|---|---|---|---|",
    ...rows,
    "",
    `Line: ${offset.toFixed(0)} µs and ${(slope * 1000).toFixed(3)} ns an operation; at most ${share} % away.`,
  ].join("\n");
}

console.log(process.argv.includes("--json") ? JSON.stringify(results, null, 2) : results.map(table).join("\n\n"));
