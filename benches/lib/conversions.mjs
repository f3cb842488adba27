// How the time of a conversion grows with depth: its corrections run every layer on 100 inputs.

import { uniform } from "./random.mjs";

const CHANNELS = 16;
const INPUTS = 100;

/** Weights of a size that keeps activations what they are. */
function weights(outputs, inputs) {
  const scale = 2 * Math.sqrt(6 / inputs);
  const next = uniform(1 + outputs + inputs);
  return Float32Array.from({ length: outputs * inputs }, () => scale * (next() - 0.5));
}

/** Convolutions of 16 channels over 14 x 14 positions, the first two over 28 x 28, and ten outputs. */
function stack(depth) {
  const convolution = (_, index) => ({
    type: "conv2d",
    outChannels: CHANNELS,
    kernel: 3,
    padding: 1,
    weights: weights(CHANNELS, 9 * (index === 0 ? 1 : CHANNELS)),
    activation: "relu",
  });
  const layers = Array.from({ length: depth }, convolution);
  const pool = { type: "avgPool2d", kernel: 2, stride: 2 };
  const outputs = { type: "dense", weights: weights(10, CHANNELS * 14 * 14), activation: "linear" };
  return {
    inputShape: [1, 28, 28],
    layers: [...layers.slice(0, 2), pool, ...layers.slice(2), { type: "flatten" }, outputs],
  };
}

/** Milliseconds of a conversion with everything corrected, the fastest of some. */
export function byDepth(quartic, calibration, quick) {
  return [2, 4, 8, 16].map((depth) => {
    const ann = quartic.network(stack(depth));
    const taken = Array.from({ length: quick ? 1 : 3 }, () => {
      const begun = performance.now();
      quartic.convert(ann, { calibration: calibration.subarray(0, INPUTS * 28 * 28), steps: 100 }).close();
      return performance.now() - begun;
    });
    ann.close();
    return { depth, milliseconds: Math.min(...taken) };
  });
}

export function depthTable(points) {
  const rows = points.map(({ depth, milliseconds }) => {
    const each = (milliseconds / depth).toFixed(0);
    return `| ${depth} | ${milliseconds.toFixed(0)} | ${each} |`;
  });
  return ["| convolutions | conversion, ms | ms of each |", "|---|---|---|", ...rows].join("\n");
}
