import { computed, signal } from "@preact/signals";
import type { Frame } from "quartic-snn";
import { readAddress } from "./address";
import { SAMPLES } from "./data";
import type { Settings } from "./parameters";
import type { Run } from "./run";

/** What both networks look at. */
export type Digit =
  | { kind: "sample"; index: number; label: number; pixels: Float32Array }
  | { kind: "drawing"; pixels: Float32Array };

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
export const samples = signal<Float32Array | null>(null);
export const digit = signal<Digit | null>(null);
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
export const sizes = computed(() => run.value?.sizes ?? [784, 512, 512, 10]);
/** What the digit is, where that is known. */
export const label = computed(() => (digit.value?.kind === "sample" ? digit.value.label : undefined));

/** Spikes after the input so far. */
export const spikesOf = (network: Frame["networks"][number]) =>
  network.spikesPerLayer.slice(1).reduce((sum, spikes) => sum + spikes, 0);

/** The digit decided on, once a spike has reached the outputs: before that, all of them are alike. */
export function decisionOf(network: Frame["networks"][number] | undefined): number | undefined {
  return network?.spikesPerLayer.at(-2) ? network.prediction : undefined;
}
