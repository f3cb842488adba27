import { computed, signal } from "@preact/signals";
import type { Frame } from "quartic-snn";
import type { LayerFacts } from "./engine/calls";
import { type Experiment, hasLostDrawing, type NeuronKey, type PlotId, readLink } from "./link";
import type { Model } from "./model";
import type { Settings } from "./parameters";
import type { Run } from "./run";

/** What both networks look at: values from 0 to 1, channel by channel. */
export type Input = { values: Float32Array } & (
  | { kind: "sample"; index: number; label: number }
  // An image of the test set, on the spikes that it had in an evaluation.
  | { kind: "test"; index: number; label: number }
  // `pad`: the drawing area has it already.
  | { kind: "drawing"; pad?: true }
  | { kind: "image"; index: number }
  | { kind: "random"; seed: number }
  | { kind: "typed" }
);

/** The two networks, in the order of the columns and of a frame. */
export const sides = [
  { id: "plain", title: "Plain" },
  { id: "l4", title: "L4-adjusted" },
] as const;

export type Side = (typeof sides)[number]["id"];

/** What the page was opened with. */
export const opened: Experiment = readLink(location.hash);

/** How much of the page is drawn: what comes first, the run as well, or all of it. */
export const extent = signal<"head" | "run" | "all">("head");

export const phase = signal<"loading" | "ready" | "failed">("loading");
/** What went wrong, in words for the visitor. */
export const problem = signal<string | null>(null);
export const settings = signal<Settings>(opened.settings);

/** The trained network in use. */
export const model = signal<Model | null>(null);
/** The visitor's own, which can be chosen again. */
export const ownModel = signal<Model | null>(null);
/** The name of a file that is being read. */
export const reading = signal<string | null>(null);
/** The share of its conversion that is done, from 0 to 1. */
export const converted = signal(0);
interface Refused {
  of: "model" | "images";
  file: string;
  reason: string;
}

const lostDrawing: Refused = {
  of: "images",
  file: "the drawing in this link",
  reason: "It is damaged, or was cut off on the way; ask for the link again.",
};

/** A file that was not taken, or several, and why. */
export const refusal = signal<Refused | null>(hasLostDrawing(location.hash) ? lostDrawing : null);
/** What the thresholds of the model in use are calibrated on, in words. */
export const calibratedOn = signal("");

/** The samples of the model's data set. */
export const samples = signal<Float32Array | null>(null);
export const input = signal<Input | null>(null);
/** Whether anything is on the drawing area: the input, or what is drawn and not read yet. */
export const inked = signal(false);
/** Images of the visitor's, brought into the form of the model in use. */
export const images = signal<readonly { name: string; values: Float32Array }[]>([]);
/** Whether dark and bright of those images are exchanged. */
export const inverted = signal(false);
/** Those images as they are used. */
export const ownInputs = computed(() =>
  images.value.map(({ values }) => (inverted.value ? values.map((value) => 1 - value) : values)),
);
/** The neuron that is looked into, in both networks; it stays until it is let go. */
export const pinned = signal<NeuronKey | null>(opened.neuron ?? null);
/** The neuron that is pointed at. */
export const pointed = signal<NeuronKey | null>(null);
/** The step of the tour, where it is on. */
export const tour = signal<number | null>(opened.tour ?? null);

/** The plot that was chosen. */
export const plot = signal<PlotId | null>(opened.plot ?? null);
/** The layer that the plots look into; 1 is the first after the input. */
export const layer = signal(opened.layer ?? 1);

export const run = signal<Run | null>(null);
/** Whether another run was asked for a while ago: the one on show is of what was set before. */
export const outdated = signal(false);
/** Frames of the run that have been simulated. */
export const simulated = signal(0);
/** Where the play head is, in steps; between two steps while playing. */
export const head = signal(0);
export const playing = signal(false);
/** Steps per second. */
export const speed = signal(20);

/** Steps that are on show. */
export const shown = computed(() => Math.min(Math.floor(head.value), simulated.value));
/** The last frame on show. */
export const now = computed<Frame | undefined>(() => run.value?.frames[shown.value - 1]);
export const finished = computed(() => run.value !== null && shown.value >= run.value.steps);

/** The layers of both networks, the input first; before the first run, those that keep its place. */
export const layers = signal<readonly LayerFacts[]>([784, 512, 512, 10].map((size) => ({ name: "", shape: [size] })));

/** The layer that the plots look into, where it is one of the networks'. */
export const chosenLayer = () => Math.max(1, Math.min(layer.value, layers.value.length - 1));

/** Whether there is such a neuron in layers. */
export const hasNeuron = (layers: readonly LayerFacts[], { layer, neuron }: NeuronKey) =>
  neuron < (layers[layer]?.shape ?? [0]).reduce((product, side) => product * side, 1);

/** What the input is, where that is known. */
export const label = computed(() => {
  // What is on show may be the run of the input before.
  const chosen = run.value ? run.value.input : input.value;
  // The page begins with a network that knows the classes.
  const known = model.value === null || model.value.classes !== undefined;
  return known && chosen && "label" in chosen ? chosen.label : undefined;
});

/** Spikes after the input so far. */
export const spikesOf = (network: Frame["networks"][number]) =>
  network.spikesPerLayer.slice(1).reduce((sum, spikes) => sum + spikes, 0);

type State = Frame["networks"][number];

/** The class decided on, once the outputs have spiked. */
export function decisionOf(network: State | undefined): number | undefined {
  return network?.spikesPerLayer.at(-1) ? network.prediction : undefined;
}

/** What counts as the decision: at the end of a run also the class of the highest potential. */
export const countedOf = (network: State | undefined) =>
  decisionOf(network) ?? (finished.value ? leaningOf(network) : undefined);

/** The class of the highest potential, from when outputs have had spikes to read until they spike themselves. */
export function leaningOf(network: State | undefined): number | undefined {
  return network?.spikesPerLayer.at(-2) && decisionOf(network) === undefined ? network.prediction : undefined;
}
