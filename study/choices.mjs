// What the defaults were chosen from, on images held back from training: methods as in methods.mjs, shown there alone.

import { margin, noise, plain } from "./methods.mjs";

/** What the margin and its strength were chosen from. */
const unsigned = [0.5, 1, 1.5].flatMap((size) =>
  [0.6, 0.7, 0.8, 0.9].map((strength) => ({
    name: `l4, margin ${size}, k = ${strength}`,
    options: margin("l4", { margin: size, strength }),
    perSteps: true,
  })),
);
const signed = [0.6, 0.7, 0.8, 0.9].map((strength) => ({
  name: `l4, signed, margin 1, k = ${strength}`,
  options: margin("l4", { signed: true, margin: 1, strength }),
  perSteps: true,
}));
export const margins = [...unsigned, ...signed];

/** What the initial potential above a floor, and the margin that goes with it, were chosen from. */
export const starts = [
  ...[
    [0, 1],
    [0, 2],
    [0.25, 1.5],
    [0.5, 1],
    [0.5, 1.5],
    [0.5, 2],
    [0.5, 3],
    [0.75, 2],
    [0.75, 3],
  ].map(([initialPotential, size]) => ({
    name: `l4, initial ${initialPotential}, margin ${size}`,
    options: margin("l4", { initialPotential, margin: size }),
    perSteps: true,
  })),
  ...[1, 1.5].map((strength) => ({
    name: `l4, initial 0.5, margin 2, k = ${strength}`,
    options: margin("l4", { initialPotential: 0.5, margin: 2, strength }),
    perSteps: true,
  })),
];

/** What the defaults were chosen from, on images held back from training: strengths of ours, and of the baselines. */
export const tuning = [
  ...[99, 99.9, 99.99].flatMap((percentile) =>
    [false, true].map((biasCorrection) => ({
      name: `plain, percentile ${percentile}${biasCorrection ? ", corrected" : ""}`,
      options: { ...plain, percentile, biasCorrection },
      perSteps: biasCorrection,
    })),
  ),
  ...[0.6, 0.9, 1.2, 1.5].flatMap((strength) =>
    [false, true].map((biasCorrection) => ({
      name: `l4, k = ${strength}, ${biasCorrection ? "corrected" : "not corrected"}`,
      options: noise("l4", { strength, biasCorrection }),
      perSteps: true,
    })),
  ),
  ...[
    { name: "l4, k = 0.9, gain", options: { adjustment: "l4", strength: 0.9, noise: "poisson" }, perSteps: true },
    { name: "l4, k = 0.9, measured", options: { adjustment: "l4", strength: 0.9 }, perSteps: true },
  ],
  ...[0.4, 0.5, 0.6, 0.7, 0.9].map((strength) => ({
    name: `l4, signed, k = ${strength}, measured`,
    options: { adjustment: "l4", signed: true, strength },
    perSteps: true,
    maxPools: false,
  })),
  ...unsigned,
  ...["poisson", "propagated"].flatMap((model) =>
    [0.3, 0.5, 0.8].map((strength) => ({
      name: `l4, signed, ${model}, k = ${strength}`,
      options: noise("l4", { strength, signed: true, noise: model }),
      perSteps: true,
      maxPools: false,
    })),
  ),
];

/** Strengths above a floor, with the bias correction that is the default. */
export const strengths = [0.6, 0.9, 1.2, 1.33, 1.5, 1.8].map((strength) => ({
  name: `l4, k = ${strength}, corrected`,
  options: noise("l4", { strength, biasCorrection: true }),
  perSteps: true,
}));

/** What stands for the noise of a channel, with the strength that dense layers have. */
export const channelNoises = [
  { name: "l4, mean noise, no limit", options: noise("l4", { channelNoise: "mean", noiseLimit: null }) },
  { name: "l4, mean noise, limit 1.4", options: noise("l4", { channelNoise: "mean", noiseLimit: 1.4 }) },
  ...[null, 2.8, 2, 1.4, 1, 0.7].map((noiseLimit) => ({
    name: noiseLimit === null ? "l4, local noise, no limit" : `l4, local noise, limit ${noiseLimit}`,
    options: noise("l4", { channelNoise: "local", noiseLimit }),
  })),
].map((method) => ({ ...method, perSteps: true }));

/** How much room thresholds leave for what neurons say, where the steps are few. */
export const headrooms = [null, 90, 95, 99, 100].map((headroom) => ({
  name: headroom === null ? "l4, no headroom" : `l4, headroom ${headroom}`,
  options: noise("l4", { headroom }),
  perSteps: true,
}));
