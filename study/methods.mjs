// The ways to convert that the study compares, as data. Options are those of `convert`; what is not said has its default,
// but for the margin, which is 0 unless it is said; `null` is the usual one.
// `perSteps` marks those that prepare for a number of steps, `floors` those that say something new only above a floor or, if
// false, are not shown there, `channels` those that do so only where there are convolutions, `usualRate` those that are not
// shown at full input rate.

export const plain = { adjustment: "none" };
export const corrected = { biasCorrection: true, gainCorrection: true };
/** Thresholds by themselves, with biases corrected and no gains. */
export const noise = (adjustment, more) => ({ adjustment, gainCorrection: false, ...more });

/**
 * What the others are compared with: the field's usual conversion, the same with the percentile that did best on held-out
 * images, what `convert` does where nothing is said, the same without a margin, and that without gain correction, as the
 * controls of thresholds are.
 */
export const BASELINE = "plain";
export const TUNED = "plain, 99.99";
export const DEFAULT = "l4, margin";
export const MEASURED = "l4, measured";
export const REFERENCE = "l4";
export const SIGNED = "l4, signed, margin";
export const SIGNED_MEASURED = "l4, signed, measured";

/** Whether a method is a variation of `l4, measured`, and is compared with that. */
export const variesMeasured = (name) => name === "l4, gain" || (name !== MEASURED && name.endsWith(", measured"));

/** What has thresholds of its own, but for the two simplest ways to set them: it is compared with the default alone. */
const OTHERS = /^(plain, |max|weights|balanced|light)/;

/** Whether a method varies `l4` in its thresholds or by gains alone, or is one of the simplest, and is compared with that. */
export const variesReference = (name) =>
  name === "l4, gain" ||
  !(name === REFERENCE || OTHERS.test(name) || name.includes("margin") || /, (gain|measured)$/.test(name));

/** With the margin of the default. */
export const margin = (adjustment, more) => ({ adjustment, margin: null, ...more });

export const methods = [
  { name: "plain", about: "one threshold per layer, percentile 99.9", source: "Rueckauer 2017", options: plain },
  {
    name: "plain, half",
    about: "initial potential theta/2",
    source: "Bu AAAI 2022",
    options: { ...plain, initialPotential: 0.5 },
  },
  {
    name: "plain, shift",
    about: "theta/2T added per step",
    source: "Deng and Gu 2021",
    options: { ...plain, biasShift: 0.5 },
    perSteps: true,
  },
  { name: "plain, reset to zero", about: "hard reset", source: "Diehl 2015", options: { ...plain, reset: "zero" } },
  {
    name: "plain, signed",
    about: "neurons take spikes back",
    source: "Wang 2022",
    options: { ...plain, signed: true },
    maxPools: false,
    floors: false,
  },
  {
    name: "plain, corrected",
    about: "with bias correction",
    source: "Rueckauer 2017 and Li 2021",
    options: { ...plain, biasCorrection: true },
    perSteps: true,
  },
  {
    name: "channel",
    about: "percentile 99.9 per channel",
    source: "Kim 2020, with the percentile of Rueckauer 2017",
    options: { ...plain, base: "channel" },
  },
  {
    name: TUNED,
    about: "plain with the 99.99th percentile",
    source: "Rueckauer 2017",
    options: { ...plain, percentile: 99.99 },
    floors: false,
    usualRate: true,
  },
  { name: "max", about: "largest activation", source: "Diehl 2015, data-based", options: { ...plain, base: "max" } },
  {
    name: "weights",
    about: "largest sum of positive weights",
    source: "Diehl 2015, model-based",
    options: { ...plain, base: "weights" },
  },
  {
    name: "balanced",
    about: "local threshold balancing, initial potential theta/2",
    source: "Bu 2025",
    options: { ...plain, base: "balanced", initialPotential: 0.5 },
  },
  {
    name: "light",
    about: "thresholds of least squares, bias correction, no shift",
    source: "Li 2021",
    options: { ...plain, base: "mse", biasCorrection: true },
    perSteps: true,
  },
  {
    name: "light, shift",
    about: "light with theta/2T added per step",
    source: "Li 2021",
    options: { ...plain, base: "mse", biasCorrection: true, biasShift: 0.5 },
    perSteps: true,
    floors: false,
    usualRate: true,
  },
  ...[
    ["balanced", { base: "balanced", initialPotential: 0.5 }, "Bu 2025"],
    ["light", { base: "mse", biasCorrection: true }, "Li 2021"],
  ].map(([name, options, source]) => ({
    name: `${name}, potential`,
    about: `${name}, with classes read by the potential of outputs that do not fire`,
    source,
    options: { ...plain, ...options, readout: "potential" },
    perSteps: name === "light",
    floors: false,
    usualRate: true,
  })),
  {
    name: "l4",
    about: "k sqrt(T) ||w||4 s, bias correction",
    source: "this project",
    options: noise("l4"),
    perSteps: true,
  },
  {
    name: "l4, margin",
    about: "the default: l4, measured, with a margin",
    source: "this project",
    options: margin("l4"),
    perSteps: true,
  },
  {
    name: "l4, margin, for 100 steps",
    about: "the default for 100 steps, read before",
    source: "control",
    options: margin("l4", { steps: 100 }),
    floors: false,
    usualRate: true,
  },
  {
    name: "l4, measured",
    about: "l4 with gain correction and measured noise",
    source: "this project",
    options: { adjustment: "l4" },
    perSteps: true,
  },
  {
    name: "l4, gain",
    about: "l4 with gain correction, noise of Poisson spikes in every layer",
    source: "this project",
    options: { adjustment: "l4", noise: "poisson" },
    perSteps: true,
  },
  {
    name: "plain, gain",
    about: "plain, corrected, with gain correction",
    source: "Rueckauer 2017 and this project",
    options: { ...plain, ...corrected },
    perSteps: true,
  },
  {
    name: "plain, signed, gain",
    about: "plain, gain, with neurons that take spikes back",
    source: "Wang 2022, Rueckauer 2017 and this project",
    options: { ...plain, ...corrected, signed: true },
    perSteps: true,
    maxPools: false,
    floors: false,
    usualRate: true,
  },
  {
    name: `${TUNED}, gain`,
    about: "plain, gain, with the 99.99th percentile",
    source: "Rueckauer 2017 and this project",
    options: { ...plain, ...corrected, percentile: 99.99 },
    perSteps: true,
    floors: false,
    usualRate: true,
  },
  {
    name: "max, gain",
    about: "max with bias and gain correction",
    source: "Diehl 2015, Rueckauer 2017 and this project",
    options: { ...plain, ...corrected, base: "max" },
    perSteps: true,
    floors: false,
    usualRate: true,
  },
  {
    name: "plain, margin",
    about: "plain, gain, with a margin of 1",
    source: "Rueckauer 2017 and this project",
    options: { ...plain, ...corrected, margin: 1 },
    perSteps: true,
    floors: false,
    usualRate: true,
  },
  ...[
    [`${TUNED}, margin`, `${TUNED}, gain`, "Rueckauer 2017 and this project", { percentile: 99.99 }],
    ["max, margin", "max, gain", "Diehl 2015, Rueckauer 2017 and this project", { base: "max" }],
  ].map(([name, from, source, options]) => ({
    name,
    about: `${from}, with a margin of 1`,
    source,
    options: { ...plain, ...corrected, ...options, margin: 1 },
    perSteps: true,
    floors: false,
    usualRate: true,
  })),
  {
    name: "plain, margin, half",
    about: "plain, gain, with a margin of 2 and an initial potential of theta/2",
    source: "Bu AAAI 2022, Rueckauer 2017 and this project",
    options: { ...plain, ...corrected, margin: 2, initialPotential: 0.5 },
    perSteps: true,
    floors: true,
  },
  {
    name: "max, margin, half",
    about: "the same with the largest activation",
    source: "Bu AAAI 2022, Diehl 2015, Rueckauer 2017 and this project",
    options: { ...plain, ...corrected, base: "max", margin: 2, initialPotential: 0.5 },
    perSteps: true,
    floors: true,
    usualRate: true,
  },
  {
    name: "l4, margin, from 0",
    about: "the default, with potentials that begin at the floor",
    source: "control",
    options: margin("l4", { initialPotential: 0 }),
    perSteps: true,
    floors: true,
  },
  {
    name: "light, gain",
    about: "light with gain correction",
    source: "Li 2021 and this project",
    options: { ...plain, ...corrected, base: "mse" },
    perSteps: true,
    usualRate: true,
  },
  ...[0.6, 1.2].map((strength) => ({
    name: `l4, margin, k = ${strength}`,
    about: strength < 0.8 ? "the default, weaker" : "the default, stronger",
    source: "control",
    options: margin("l4", { strength }),
    perSteps: true,
    floors: false,
    usualRate: true,
  })),
  ...["uniform", "l2", "exact"].map((adjustment) => ({
    name: `${adjustment}, margin`,
    about: {
      uniform: "the default with one threshold per layer, same RMS",
      l2: "the default with the L2 norm",
      exact: "the default with each neuron's own noise",
    }[adjustment],
    source: "control",
    options: margin(adjustment),
    perSteps: true,
    usualRate: true,
  })),
  ...[undefined, 0.6].map((strength) => ({
    name: strength ? `l4, signed, margin, k = ${strength}` : "l4, signed, margin",
    about: strength ? "the same, weaker" : "the default, with neurons that take spikes back",
    source: strength ? "control" : "this project and Wang 2022",
    options: margin("l4", { signed: true, strength }),
    perSteps: true,
    maxPools: false,
    floors: false,
    usualRate: true,
  })),
  {
    name: "l4, signed, measured",
    about: "l4, measured, with neurons that take spikes back, k = 0.6",
    source: "this project and Wang 2022",
    options: { adjustment: "l4", signed: true, strength: 0.6 },
    perSteps: true,
    maxPools: false,
    floors: false,
  },
  {
    name: "l4, signed, k = 0.9, measured",
    about: "the same, as strong as l4, measured",
    source: "control",
    options: { adjustment: "l4", signed: true, strength: 0.9 },
    perSteps: true,
    maxPools: false,
    floors: false,
  },
  {
    name: "l4, k = 0.6, measured",
    about: "l4, measured, weaker",
    source: "control",
    options: { adjustment: "l4", strength: 0.6 },
    perSteps: true,
  },
  {
    name: "l4, k = 1.3, measured",
    about: "l4, measured, stronger",
    source: "control",
    options: { adjustment: "l4", strength: 1.3 },
    perSteps: true,
  },
  {
    name: "l1, measured",
    about: "l4, measured, with the L1 norm",
    source: "control",
    options: { adjustment: "l1" },
    perSteps: true,
  },
  {
    name: "uniform, measured",
    about: "l4, measured, with one threshold per layer, same RMS",
    source: "control",
    options: { adjustment: "uniform" },
    perSteps: true,
    usualRate: true,
  },
  {
    name: "exact, measured",
    about: "l4, measured, with each neuron's own noise",
    source: "control",
    options: { adjustment: "exact" },
    perSteps: true,
  },
  {
    name: "l4, not corrected",
    about: "without bias correction",
    source: "this project",
    options: noise("l4", { biasCorrection: false }),
    perSteps: true,
  },
  {
    name: "l4, half",
    about: "initial potential theta/2",
    source: "this project and Bu AAAI 2022",
    options: noise("l4", { initialPotential: 0.5 }),
    perSteps: true,
  },
  {
    name: "l4, signed",
    about: "neurons take spikes back",
    source: "this project and Wang 2022",
    options: noise("l4", { signed: true, strength: 0.9 }),
    perSteps: true,
    maxPools: false,
    floors: false,
  },
  {
    name: "l4, potential",
    about: "classes read by the potential of outputs that do not fire",
    source: "control",
    options: noise("l4", { readout: "potential" }),
    perSteps: true,
  },
  {
    name: "l4, k = 0.9",
    about: "as strong as it is without a floor",
    source: "control",
    options: noise("l4", { strength: 0.9 }),
    perSteps: true,
    floors: true,
  },
  {
    name: "l4, no headroom",
    about: "thresholds from the noise alone",
    source: "control",
    options: noise("l4", { headroom: null }),
    perSteps: true,
  },
  {
    name: "l4, mean noise",
    about: "channels with the RMS of their noise over all positions",
    source: "control",
    options: noise("l4", { channelNoise: "mean", noiseLimit: null }),
    perSteps: true,
    channels: true,
  },
  {
    name: "l4, no limit",
    about: "channels whose noise may exceed what they say",
    source: "control",
    options: noise("l4", { noiseLimit: null }),
    perSteps: true,
    channels: true,
  },
  {
    name: "l4, coin flips",
    about: "noise of at most one spike a step",
    source: "control",
    options: noise("l4", { noise: "bernoulli" }),
    perSteps: true,
  },
  { name: "l4, k = 0.6", about: "weaker", source: "control", options: noise("l4", { strength: 0.6 }), perSteps: true },
  {
    name: "l4, k = 1.3",
    about: "stronger",
    source: "control",
    options: noise("l4", { strength: 1.3 }),
    perSteps: true,
  },
  { name: "l2", about: "the same with the L2 norm", source: "control", options: noise("l2"), perSteps: true },
  { name: "l1", about: "the same with the L1 norm", source: "control", options: noise("l1"), perSteps: true },
  {
    name: "uniform",
    about: "one threshold per layer, same RMS",
    source: "control",
    options: noise("uniform"),
    perSteps: true,
  },
  { name: "exact", about: "each neuron's own noise", source: "control", options: noise("exact"), perSteps: true },
  { name: "l4-relative", about: "plain, balanced by L4 norms", source: "this project", options: noise("l4-relative") },
];

/** Without noise at the input: a run of its own, since it reads no spikes. */
export const constant = [
  {
    name: "constant",
    about: "plain on constant currents",
    source: "Rueckauer 2017",
    options: { ...plain, coding: "constant" },
  },
  {
    name: "constant, half",
    about: "plain on constant currents, initial potential theta/2",
    source: "Bu AAAI 2022",
    options: { ...plain, coding: "constant", initialPotential: 0.5 },
  },
  {
    name: "constant, light",
    about: "light on constant currents, with theta/2T added per step and classes read by potential",
    source: "Li 2021",
    options: { ...plain, coding: "constant", base: "mse", biasCorrection: true, biasShift: 0.5, readout: "potential" },
    perSteps: true,
  },
  {
    name: "constant, balanced",
    about: "balanced on constant currents, with classes read by potential",
    source: "Bu 2025",
    options: { ...plain, coding: "constant", base: "balanced", initialPotential: 0.5, readout: "potential" },
  },
  {
    name: "constant, signed",
    about: "plain with signed neurons on constant currents",
    source: "Wang 2022",
    options: { ...plain, coding: "constant", signed: true },
    maxPools: false,
  },
];

const OWN = /this project|control/;
const sources = new Map([...methods, ...constant].map(({ name, source }) => [name, source]));

/** Whether a method is as it was published, with nothing of ours. */
export const isPublished = (name) => !OWN.test(sources.get(name));
