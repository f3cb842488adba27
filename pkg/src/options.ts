import { read } from "./check.js";
import { invalidOption, unknownKey } from "./errors.js";
import type { Adjustment, Base, CompareOptions, ConvertOptions, RunOptions } from "./types.js";

/** What an option may be, as far as it goes without its range, which the core checks. */
interface Kind {
  readonly allowed: string;
  /** The value as it goes to the core, or `undefined` where it is of another kind. */
  readonly take: (value: unknown) => unknown;
}

/** Kinds by the names of their options. */
type Kinds = Readonly<Record<string, Kind>>;

const A_NUMBER: Kind = { allowed: "a number", take: (value) => (typeof value === "number" ? value : undefined) };
const A_FLAG: Kind = { allowed: "true or false", take: (value) => (typeof value === "boolean" ? value : undefined) };

const orNull = ({ allowed, take }: Kind): Kind => ({
  allowed: `${allowed}, or null`,
  take: (value) => (value === null ? null : take(value)),
});

function oneOf<Name extends string>(...names: Name[]): Kind {
  const take = (value: unknown) => (names.includes(value as Name) ? value : undefined);
  return { allowed: `one of ${names.map((name) => `"${name}"`).join(", ")}`, take };
}

/** What is to be recorded is a list even where it is one thing. */
const A_RECORD: Kind = {
  allowed: 'an array of "spikes" and "potentials"',
  take: (value) => {
    if (!Array.isArray(value) || value.length > 100) return undefined;
    const list = Array.from(value as unknown[]);
    const wrong = list.findIndex((entry) => entry !== "spikes" && entry !== "potentials");
    if (wrong < 0) return list;
    throw invalidOption(`record[${wrong}]`, list[wrong], '"spikes" or "potentials"');
  },
};

/** Of one input. Of a data set as well, where the core says why it has no stream and no record. */
export const RUN = {
  steps: orNull(A_NUMBER),
  seed: A_NUMBER,
  stream: A_NUMBER,
  record: A_RECORD,
} satisfies Record<keyof RunOptions, Kind>;

/** Of one input, frame by frame. */
export const FRAMES = { ...RUN, stepsPerFrame: A_NUMBER } satisfies Record<keyof Omit<CompareOptions, "signal">, Kind>;

/** Of a conversion, beside its calibration and its name. */
export const CONVERT = {
  base: oneOf<Base>("percentile", "none", "max", "channel", "weights", "mse", "balanced"),
  percentile: A_NUMBER,
  adjustment: oneOf<Adjustment>("none", "l4", "l4-relative", "l2", "l1", "uniform", "exact"),
  strength: orNull(A_NUMBER),
  margin: orNull(A_NUMBER),
  headroom: orNull(A_NUMBER),
  steps: A_NUMBER,
  inputRate: A_NUMBER,
  reset: oneOf("subtract", "zero"),
  floor: orNull(A_NUMBER),
  initialPotential: orNull(A_NUMBER),
  readout: oneOf("count", "potential"),
  signed: A_FLAG,
  coding: oneOf("poisson", "constant"),
  noise: orNull(oneOf("poisson", "measured", "bernoulli", "propagated")),
  channelNoise: oneOf("local", "mean"),
  noiseLimit: orNull(A_NUMBER),
  biasShift: A_NUMBER,
  biasCorrection: orNull(A_FLAG),
  gainCorrection: orNull(A_FLAG),
  precision: oneOf("f32", "fixed"),
} satisfies Record<keyof Omit<ConvertOptions, "calibration" | "name">, Kind>;

/** What a conversion may be told, at once and in slices. */
export const CONVERT_NAMES: readonly string[] = ["calibration", "name", ...Object.keys(CONVERT)];
export const CONVERT_ASYNC_NAMES: readonly string[] = [...CONVERT_NAMES, "signal", "onProgress"];

/** A copy of the options that the core reads itself; `names` are all that the call has. */
export function plainOptions(options: object, kinds: Kinds, names: readonly string[]): Record<string, unknown> {
  const taken: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    const kind = Object.keys(kinds).includes(key) ? kinds[key] : undefined;
    if (!kind) throw unknownKey(key, names);
    if (value === undefined) continue;
    taken[key] = read(key, () => kind.take(value));
    if (taken[key] === undefined) throw invalidOption(key, value, kind.allowed);
  }
  return taken;
}

/** The same of a run of these networks, with the steps where none are given: the most that one of them was converted for. */
export function runOptions(
  networks: readonly { steps: number }[],
  options: object,
  kinds: Kinds,
  names: readonly string[],
): Record<string, unknown> {
  const { steps, ...plain } = plainOptions(options, kinds, names);
  return { ...plain, steps: steps ?? Math.max(...networks.map(({ steps }) => steps)) };
}
