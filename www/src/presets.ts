// Experiments worth a look, and the steps of the tour: what each of them sets, and what there is to see.

import type { Experiment, NeuronKey } from "./link";
import { defaults, type Settings } from "./parameters";
import { plot } from "./store";

interface Scene {
  title: string;
  /** A paragraph a line. */
  text: string;
  settings?: Partial<Settings>;
  sample?: number;
  at?: number;
  neuron?: NeuronKey;
}

export const presets: readonly Scene[] = [
  {
    title: "Few steps",
    text: "Ten steps are ten coin flips per pixel: both err more often, L4 with 15 % fewer operations.",
    settings: { steps: 10 },
  },
  {
    title: "Noisy input",
    text: "At a low input rate each spike weighs more, so that the noise grows and the L4 thresholds with it.",
    settings: { rate: 0.05 },
  },
  {
    title: "Reflecting floor",
    text: "Potentials that cannot fall below zero keep only the noise that points upwards; on convolutions it ruins plain. L4 raises its strength from 0.8 to 1.25, has potentials begin half a threshold higher, and is as quiet as before.",
    settings: { model: "mnist-cnn", floor: "0" },
  },
  {
    title: "Spikes taken back",
    text: "A signed neuron takes a spike back that came too early. With so few steps that makes L4 1.1 points more accurate here, at 2 % more operations; but few simulators and chips have such neurons.",
    settings: { model: "fashion-cnn", steps: 20, signed: "l4" },
  },
  {
    title: "Where L4 does not help",
    text: "On a small network input spikes are most of the work: fewer spikes, but hardly fewer operations.",
    settings: { model: "mnist-mlp-small" },
  },
];

/** A neuron whose trained sum is below zero for the first digit: only noise can make it fire. */
const silent: NeuronKey = { layer: 1, neuron: 457 };

export const tourSteps: readonly Scene[] = [
  {
    title: "What a spike is",
    text: "Each dot is a spike: a neuron that reached its threshold in that step. It is all that neurons tell each other; there are no numbers in between.",
    at: 20,
  },
  {
    title: "Rate coding",
    text: "A bright pixel spikes often, a dark one never: every step is a coin flip with a probability set by the intensity. A number becomes a rate, and the rate is known the better the longer one counts.",
    at: 60,
    neuron: { layer: 0, neuron: 602 },
  },
  {
    title: "Why conversion works",
    text: "A neuron adds up what comes in and fires whenever its threshold is reached. Its rate times the threshold is then what the trained ReLU neuron would have said: this one stands for the digit 7, and fires more than any other output, in plain and in L4 alike. Both get less than the shaded band foretells, as the layers before need time to begin; those of L4 wait on purpose.",
    at: 100,
    neuron: { layer: 3, neuron: 7 },
  },
  {
    title: "The noise",
    text: "What comes in is random, so the sum wanders about its mean drift. A neuron that should be silent reaches a low threshold by chance, and a spike cannot be taken back. This one should be silent, and fires in plain; in L4 it never comes near its threshold. Such false spikes have a colour of their own in the rasters further up.",
    at: 100,
    neuron: silent,
  },
  {
    title: "The L4 norm",
    text: "How far the sum wanders follows from the weights: its standard deviation is proportional to the L4 norm of the neuron’s weight vector. The shaded band is that prediction, one and two deviations wide.",
    at: 100,
    neuron: { layer: 1, neuron: 37 },
  },
  {
    title: "The adjustment",
    text: "What it does: L4 sets each threshold to 0.8 deviations of the neuron’s own noise and asks for more at first, so that it waits. It takes off what noise adds on the mean, and has each spike count for what it says.\nWhat it buys: dense networks are as accurate as plain at half to three quarters of the operations; with convolutions they are as accurate or more at 13 to 18 % of them.\nWhere it does not help: the small network saves next to no operations. Waiting and corrections help plain as much. Other measures of the noise (L2, L1, the exact one) do as well: the rule helps, not the L4 norm in particular. Where the input may be a constant current there is no noise to fight.\nThe formula is our reconstruction from the paper’s abstract, not the paper’s own.",
    at: 100,
  },
];

/** A scene as an experiment; what it does not set is as the page begins. */
export const experimentOf = ({ settings, sample, at, neuron }: Scene, tour?: number): Experiment => ({
  settings: { ...defaults, ...settings },
  input: sample === undefined ? undefined : { kind: "sample", index: sample },
  at,
  neuron,
  tour,
  plot: plot.peek() ?? undefined,
});
