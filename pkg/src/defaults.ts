import type { CompareOptions, ConvertOptions, RunOptions } from "./types.js";

/** The default options of {@link Quartic.convert}. */
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
 * The default options of {@link Snn.run}, compare and evaluate. A seed is drawn. `steps: null` means as many as the
 * networks were converted for, or the largest of those numbers if they differ.
 */
export const runDefaults = Object.freeze({
  steps: null,
  stream: 0,
  record: Object.freeze([]) as readonly [],
} as const satisfies RunOptions);

/** The default options of {@link Quartic.compare}, in addition to {@link runDefaults}. */
export const compareDefaults = Object.freeze({ stepsPerFrame: 1 } as const satisfies CompareOptions);
