import { convertDefaults } from "quartic-snn";

/** What a visitor can set; one key per control and per key in the address. */
export interface Settings {
  /** The name of a network that the page has, or `own`. */
  model: string;
  steps: number;
  rate: number;
  /** `null`: as strong as the floor and the margin ask for. */
  strength: number | null;
  /** What neurons of L4 need at first beyond their threshold, in thresholds; `null`: where it helps. */
  margin: number | null;
  base: "percentile" | "max" | "channel" | "weights" | "none";
  floor: "none" | "0";
  reset: "subtract" | "zero";
  /** The potential before the first step, in thresholds; `usual`: where it helps. */
  start: "usual" | "0" | "0.5";
  /** Which of the networks take a spike back that was one too many. */
  signed: "none" | "l4" | "both";
  /** Which of the networks have their biases and gains corrected. */
  correction: "l4" | "both" | "none";
  precision: "f32" | "fixed";
  seed: number;
}

interface Common {
  id: Exclude<keyof Settings, "model">;
  label: string;
  /** A few words for those who do not know the label. */
  hint: string;
  /** Fits beside another one. */
  narrow?: boolean;
}

export interface Range extends Common {
  kind: "range";
  unit: string;
  min: number;
  max: number;
  step: number;
  /** What it is where nothing is chosen. */
  automatic?: (settings: Settings) => number;
}

export interface Whole extends Common {
  kind: "whole";
  min: number;
  max: number;
}

export interface Choice extends Common {
  kind: "choice";
  /** `goesWith`: whether the other settings allow it; where it is missing, any do. */
  choices: readonly { value: string; label: string; goesWith?: (settings: Settings) => boolean }[];
}

export type Parameter = Range | Whole | Choice;

export const defaults: Settings = {
  model: "mnist-mlp",
  steps: convertDefaults.steps,
  rate: convertDefaults.inputRate,
  strength: convertDefaults.strength,
  margin: convertDefaults.margin,
  base: convertDefaults.base,
  floor: "none",
  reset: convertDefaults.reset,
  start: "usual",
  signed: "none",
  correction: "l4",
  precision: convertDefaults.precision,
  seed: 1,
};

/** What `convert` takes where no strength is given, rounded to be shown: with a margin, and without one. */
const WITH_MARGIN = { none: 0.8, "0": 1.25 };
const WITHOUT_MARGIN = { none: 0.9, "0": 1.33 };
/** The same of signed neurons without a margin. */
const SIGNED = 0.6;

type Rules = Pick<Settings, "strength" | "margin" | "floor" | "reset" | "start" | "signed" | "steps">;

/** Where potentials of L4 begin, chosen or not: half a threshold above a floor, where there is a margin. */
export function startOf({ start, floor, margin, reset }: Pick<Rules, "start" | "floor" | "margin" | "reset">) {
  if (start !== "usual") return start;
  return floor === "0" && margin !== 0 && reset === "subtract" ? "0.5" : "0";
}

/** The margin of L4, chosen or not. */
export function marginOf({ steps, ...rules }: Pick<Rules, "margin" | "reset" | "start" | "floor" | "steps">): number {
  return rules.margin ?? (rules.reset === "subtract" ? Math.min(1, 50 / steps) + 2 * Number(startOf(rules)) : 0);
}

/** The strength, chosen or not. */
export function strengthOf({ strength, signed, ...rules }: Rules): number {
  const { floor } = rules;
  if (strength !== null) return strength;
  if (marginOf(rules) > 0) return WITH_MARGIN[floor];
  return signed === "none" ? WITHOUT_MARGIN[floor] : SIGNED;
}

/** The value of a range, chosen or not. */
export const chosenOrUsual = ({ id, automatic, min }: Range, settings: Settings) =>
  Number(settings[id] ?? automatic?.(settings) ?? min);

/** Above a floor no potential falls as far as signed neurons need it to. */
const hasNoFloor = ({ floor }: Settings) => floor === "none";

/** All but the network, which has a place of its own on the page. */
export const parameters: readonly Parameter[] = [
  {
    kind: "range",
    id: "strength",
    label: "L4 strength",
    unit: "σ",
    hint: "L4 thresholds, in σ of the noise",
    min: 0.1,
    max: 2.5,
    step: 0.05,
    automatic: strengthOf,
  },
  {
    kind: "range",
    id: "margin",
    label: "L4 margin",
    unit: "thresholds",
    hint: "Needed beyond the threshold at first, less with each step",
    min: 0,
    max: 3,
    step: 0.25,
    automatic: marginOf,
  },
  {
    kind: "range",
    id: "steps",
    label: "Steps",
    unit: "",
    hint: "How long both networks look at the input",
    min: 10,
    max: 200,
    step: 10,
  },
  {
    kind: "range",
    id: "rate",
    label: "Input rate",
    unit: "per step",
    hint: "How likely an input of 1 is to spike",
    min: 0.05,
    max: 1,
    step: 0.05,
  },
  {
    kind: "choice",
    id: "base",
    label: "Plain thresholds",
    hint: "How plain thresholds are chosen",
    choices: [
      { value: "percentile", label: "99.9th percentile, per layer" },
      { value: "channel", label: "99.9th percentile, per neuron" },
      { value: "max", label: "largest activation" },
      { value: "weights", label: "from the weights alone" },
      { value: "none", label: "1 everywhere" },
    ],
  },
  {
    kind: "choice",
    id: "correction",
    label: "Correction",
    hint: "Removes the mean error that noise causes; weights spikes by what they stand for",
    choices: [
      { value: "l4", label: "L4 only, the default" },
      { value: "both", label: "both networks" },
      { value: "none", label: "neither" },
    ],
  },
  {
    kind: "choice",
    id: "floor",
    label: "Floor",
    hint: "The lowest potential",
    narrow: true,
    choices: [
      { value: "none", label: "none" },
      { value: "0", label: "zero", goesWith: ({ signed }) => signed === "none" },
    ],
  },
  {
    kind: "choice",
    id: "reset",
    label: "After a spike",
    hint: "The potential drops",
    narrow: true,
    choices: [
      { value: "subtract", label: "by threshold" },
      { value: "zero", label: "to zero" },
    ],
  },
  {
    kind: "choice",
    id: "start",
    label: "Starts at",
    hint: "The initial potential",
    narrow: true,
    choices: [
      { value: "usual", label: "auto" },
      { value: "0", label: "zero" },
      { value: "0.5", label: "½ threshold" },
    ],
  },
  {
    kind: "choice",
    id: "signed",
    label: "Signed",
    hint: "Neurons that can take a spike back",
    narrow: true,
    choices: [
      { value: "none", label: "none" },
      { value: "l4", label: "L4 only", goesWith: hasNoFloor },
      { value: "both", label: "both", goesWith: hasNoFloor },
    ],
  },
  {
    kind: "choice",
    id: "precision",
    label: "Precision",
    hint: "Number format",
    narrow: true,
    choices: [
      { value: "f32", label: "32-bit float" },
      { value: "fixed", label: "16-bit fixed" },
    ],
  },
  {
    kind: "whole",
    id: "seed",
    label: "Seed",
    hint: "Sets the random input spikes",
    narrow: true,
    min: 0,
    max: 999_999_999,
  },
];

/** The value if the parameter allows it, on its grid; otherwise undefined. */
export function allowed(parameter: Parameter, text: string): string | number | undefined {
  if (parameter.kind === "choice") return parameter.choices.find(({ value }) => value === text)?.value;
  const value = Number(text);
  if (text.trim() === "" || !(value >= parameter.min && value <= parameter.max)) return undefined;
  if (parameter.kind === "whole") return Number.isInteger(value) ? value : undefined;
  const steps = Math.round((value - parameter.min) / parameter.step);
  return Number((parameter.min + steps * parameter.step).toFixed(6));
}
