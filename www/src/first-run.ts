// The run that the page begins with, simulated when the page was built: it is on show before anything is loaded.

import made from "virtual:first-run";
import { batch } from "@preact/signals";
import type { Frame, LayerSpikes } from "quartic-snn";
import { CLASSES } from "./data";
import { intensities } from "./fetch";
import { runLink } from "./link";
import { moveTo, play, prefersStillness } from "./player";
import { Run } from "./run";
import { type Input, input, layers, opened, run, simulated } from "./store";

/** So much of it is there at first, so that there is something to see. */
const BEGIN = 0.35;

/** Letters as scripts/first-run.mjs writes them. */
const FIRST = 35;
const LONGEST = 56;

/** Shows it where it is what the address asks for. */
export function showFirstRun(): void {
  if (runLink(opened) !== "") return;
  const values = intensities(Uint8Array.from(atob(made.pixels), (letter) => letter.charCodeAt(0)));
  const sample: Input = { kind: "sample", index: made.sample, label: made.sample % CLASSES, values };
  const first = madeRun(sample);
  batch(() => {
    input.value = sample;
    layers.value = first.layers;
    run.value = first;
    simulated.value = first.frames.length;
    moveTo(opened.at ?? (prefersStillness() ? first.steps : BEGIN * first.steps));
  });
}

/** Plays it, where it is on show and nothing speaks against it. */
export function playFirstRun(): void {
  if (run.value && opened.at === undefined && !prefersStillness()) play();
}

function madeRun(input: Input): Run {
  const { steps, seed, layers: after, networks } = made;
  const bits = (text: string) => Uint8Array.from(text, Number);
  const all = [{ name: "", shape: [784] }, ...after.map((layer) => ({ ...layer, silent: bits(layer.silent) }))];
  const spikes = networks.map(({ spikes }) => spikes.map((text, layer) => layerOf(text, layer, steps)));
  const states = networks.map((network, place) =>
    statesOf(network, (layer, step) => spikes[layer === 0 ? 0 : place]?.[layer]?.[step], all),
  );
  const frames = Array.from({ length: steps }, (_, step): Frame => {
    const now = states.flatMap((state) => state[step] ?? []);
    const input = now[0]?.spikes[0] ?? spikesOf(0, step, []);
    return { step: step + 1, seed, input, networks: now };
  });
  const nothing = { next: async () => ({ value: undefined, done: true as const }) };
  const options = {
    id: 0,
    steps,
    settings: opened.settings,
    input,
    layers: all,
    source: nothing,
    engine: undefined,
    onProgress: () => {},
    onError: () => {},
  };
  const first = new Run(options);
  for (const frame of frames) first.keep(frame);
  return first;
}

const spikesOf = (layer: number, step: number, neurons: readonly number[]): LayerSpikes => ({
  layer,
  step: new Uint32Array(neurons.length).fill(step),
  neuron: Uint32Array.from(neurons),
});

/** The spikes of one layer, step by step. */
function layerOf(text: string, layer: number, steps: number): LayerSpikes[] {
  const bySteps = Array.from({ length: steps }, (): number[] => []);
  let [neuron, step] = [0, -1];
  for (const letter of text) {
    if (letter === "!") [neuron, step] = [neuron + 1, -1];
    else if (letter === "~") step += LONGEST;
    else {
      step += letter.charCodeAt(0) - FIRST;
      bySteps[step]?.push(neuron);
    }
  }
  return bySteps.map((neurons, step) => spikesOf(layer, step, neurons));
}

/** What one network says after each step. */
function statesOf(
  { name, thresholds, predictions, operations }: (typeof made.networks)[number],
  spikesIn: (layer: number, step: number) => LayerSpikes | undefined,
  all: readonly unknown[],
): Frame["networks"] {
  const counts = new Uint32Array(thresholds.length);
  const spikesPerLayer = all.map(() => 0);
  return operations.map((synapticOperations, step) => {
    const spikes = all.map((_, layer) => spikesIn(layer, step) ?? spikesOf(layer, step, []));
    for (const [layer, { neuron }] of spikes.entries()) {
      spikesPerLayer[layer] = (spikesPerLayer[layer] ?? 0) + neuron.length;
    }
    for (const output of spikes.at(-1)?.neuron ?? []) counts[output] = (counts[output] ?? 0) + 1;
    return {
      name,
      prediction: Number(predictions[step]),
      counts: counts.slice(),
      scores: Float32Array.from(counts, (count, output) => count * (thresholds[output] ?? 0)),
      spikes,
      potentials: [],
      spikesPerLayer: [...spikesPerLayer],
      synapticOperations,
    };
  });
}
