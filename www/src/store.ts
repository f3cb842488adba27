import { computed, signal } from "@preact/signals";
import type { Frame } from "quartic-snn";
import { readAddress } from "./address";
import { SAMPLES } from "./data";
import type { LayerFacts } from "./engine/calls";
import type { Model } from "./model";
import type { Settings } from "./parameters";
import type { Run } from "./run";

/** What both networks look at: values from 0 to 1, channel by channel. */
export type Input = { values: Float32Array } & (
  | { kind: "sample"; index: number; label: number }
  | { kind: "drawing" }
  | { kind: "image"; index: number }
  | { kind: "random"; seed: number }
  | { kind: "typed" }
);

/** The two networks, in the order of the columns and of a frame. */
export const sides = [
  { id: "plain", title: "Plain", about: "thresholds from activations" },
  { id: "l4", title: "L4-adjusted", about: "thresholds from weight norms" },
] as const;

export type Side = (typeof sides)[number]["id"];

const address = readAddress(SAMPLES);

export const phase = signal<"loading" | "ready" | "failed">("loading");
/** What went wrong, in words for the visitor. */
export const problem = signal<string | null>(null);
export const settings = signal<Settings>(address.settings);

/** The trained network in use. */
export const model = signal<Model | null>(null);
/** The visitor's own, which can be chosen again. */
export const ownModel = signal<Model | null>(null);
/** The name of a file that is being read. */
export const reading = signal<string | null>(null);
/** A file that was not taken, and why. */
export const refusal = signal<{ file: string; reason: string } | null>(null);
/** What the thresholds of the model in use are calibrated on, in words. */
export const calibratedOn = signal("");

/** The samples of the model's data set. */
export const samples = signal<Float32Array | null>(null);
export const input = signal<Input | null>(null);
/** Images of the visitor's, brought into the form of the model in use. */
export const images = signal<readonly { name: string; values: Float32Array }[]>([]);
/** Whether dark and bright of those images are exchanged. */
export const inverted = signal(false);
/** Those images as they are used. */
export const ownInputs = computed(() =>
  images.value.map(({ values }) => (inverted.value ? values.map((value) => 1 - value) : values)),
);
/** The sample shown where the address asks for none. */
export const defaultSample = 7;
export const firstSample = address.sample ?? defaultSample;

export const run = signal<Run | null>(null);
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

/** What the input is, where that is known. */
export const label = computed(() =>
  input.value?.kind === "sample" && model.value?.classes ? input.value.label : undefined,
);

/** Spikes after the input so far. */
export const spikesOf = (network: Frame["networks"][number]) =>
  network.spikesPerLayer.slice(1).reduce((sum, spikes) => sum + spikes, 0);

/** The class decided on, once a spike has reached the outputs: before that, all of them are alike. */
export function decisionOf(network: Frame["networks"][number] | undefined): number | undefined {
  return network?.spikesPerLayer.at(-2) ? network.prediction : undefined;
}
