// Experiments worth a look, and what the steps of the tour set.

import type { Experiment, NeuronKey } from "./link";
import { defaults, type Settings } from "./parameters";
import { layer, plot } from "./store";

interface Scene {
  settings?: Partial<Settings>;
  sample?: number;
  at?: number;
  neuron?: NeuronKey;
  /** What it is about: the raster of the input, or plots of that neuron. */
  figure?: "input" | "potential" | "arrived";
}

interface Preset extends Scene {
  title: string;
  text: string;
}

export const presets: readonly Preset[] = [
  {
    title: "Few steps",
    text: "Ten steps mean ten coin flips per pixel: both err more often, L4 with 15 % fewer operations.",
    settings: { steps: 10 },
  },
  {
    title: "Noisy input",
    text: "At a low input rate each spike weighs more, so the noise grows, and the L4 thresholds with it.",
    settings: { rate: 0.05 },
  },
  {
    title: "Reflecting floor",
    text: "Potentials that cannot fall below zero keep only the upward noise; with convolutions this ruins plain. L4 raises its strength from 0.8 to 1.25, starts potentials half a threshold higher, and is as quiet as before.",
    settings: { model: "mnist-cnn", floor: "0" },
  },
  {
    title: "Spikes taken back",
    text: "A signed neuron takes back a spike that came too early. With so few steps this makes L4 0.5 points more accurate here, at 2 % more operations, but few simulators and chips support this.",
    settings: { model: "fashion-cnn", steps: 20, signed: "l4" },
  },
  {
    title: "Where L4 does not help",
    text: "In a small network, input spikes are most of the work: fewer spikes, but hardly fewer operations.",
    settings: { model: "mnist-mlp-small" },
  },
];

/** A neuron whose trained sum is below zero for the first digit: only noise can make it fire. */
const silent: NeuronKey = { layer: 1, neuron: 457 };

/** What each step of the tour shows; what it says is fetched with its card. */
export const tourSteps: readonly Scene[] = [
  { at: 20 },
  { at: 60, neuron: { layer: 0, neuron: 602 }, figure: "input" },
  { at: 100, neuron: { layer: 3, neuron: 7 }, figure: "arrived" },
  { at: 100, neuron: silent, figure: "potential" },
  { at: 100, neuron: { layer: 1, neuron: 37 }, figure: "arrived" },
  { at: 100 },
];

/** A scene as an experiment; what it does not set is as the page begins. */
export const experimentOf = ({ settings, sample, at, neuron }: Scene, tour?: number): Experiment => ({
  settings: { ...defaults, ...settings },
  input: sample === undefined ? undefined : { kind: "sample", index: sample },
  at,
  neuron,
  tour,
  plot: plot.peek() ?? undefined,
  layer: layer.peek(),
});
