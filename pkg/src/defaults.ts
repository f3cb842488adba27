import type { CompareOptions, ConvertOptions, RunOptions } from "./types.js";

/** What {@link Quartic.convert} does where nothing else is said. */
export const convertDefaults = Object.freeze({
  base: "percentile",
  percentile: 99.9,
  adjustment: "l4",
  strength: null,
  margin: null,
  headroom: 99,
  steps: 100,
  inputRate: 0.25,
  reset: "subtract",
  floor: null,
  initialPotential: null,
  readout: "count",
  signed: false,
  coding: "poisson",
  noise: null,
  channelNoise: "local",
  noiseLimit: 1.4,
  biasShift: 0,
  biasCorrection: null,
  gainCorrection: null,
  precision: "f32",
} as const satisfies Required<Omit<ConvertOptions, "calibration" | "name">>);

/**
 * What {@link Snn.run}, compare and evaluate do where nothing else is said; a seed is drawn. `steps: null` is as many as the
 * networks were converted for, the most where they differ.
 */
export const runDefaults = Object.freeze({
  steps: null,
  stream: 0,
  record: Object.freeze([]) as readonly [],
} as const satisfies RunOptions);

/** What {@link Quartic.compare} does beyond {@link runDefaults}. */
export const compareDefaults = Object.freeze({ stepsPerFrame: 1 } as const satisfies CompareOptions);
