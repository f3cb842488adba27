// What the plots are made of: the run on show, the conversions behind it, and what was measured beside it.

import { computed, effect, signal } from "@preact/signals";
import { calibrationFor, sourceOf } from "../calibration";
import type { Anatomy, LayerNoise } from "../engine/calls";
import { Engine } from "../engine/engine";
import type { Run } from "../run";
import { reasonOf, revive } from "../session";
import { head, input, model, ownInputs, playing, run, settings, shown, simulated } from "../store";

/** While a run is played, plots follow in steps of this many milliseconds: the rasters come first. */
const PAUSE = 250;

/** Steps on show, without haste. */
export const settled = signal(0);

let moved = 0;
effect(() => {
  const step = shown.value;
  if (playing.value && step > settled.peek() && performance.now() - moved < PAUSE) return;
  moved = performance.now();
  settled.value = step;
});

/** What is known of the run on show; what was known of the one before stays until then. */
const found = signal<{ run: Run; anatomy: Anatomy } | null>(null);
let asked: Run | undefined;

/** That of the run on show, or of one before it of the same network. */
export const anatomy = computed(() => {
  const current = run.value;
  const known = found.value;
  const same = current && known && String(sizesOf(known.run)) === String(sizesOf(current));
  return same ? known.anatomy : null;
});

const sizesOf = ({ layers }: Run) => layers.map(({ shape }) => shape);

/** Asks for what is known of runs, for as long as somebody looks at it. */
export const watchRuns = () =>
  effect(() => {
    const current = run.value;
    // The first frames are on show before the worker looks at anything else.
    if (!current?.engine || (simulated.value === 0 && head.value > 0) || asked === current) return;
    asked = current;
    current.engine.call("anatomy", { run: current.id }).then(
      (anatomy) => {
        if (asked === current) found.value = { run: current, anatomy };
      },
      (error) => {
        if (asked !== current) return;
        // The run was stopped for another one, which is asked about in its turn.
        asked = undefined;
        revive(current, error);
      },
    );
  });

/** What a measurement belongs to. */
const noiseKey = computed(() => {
  // Another network may be chosen already that is still being loaded.
  const of = JSON.stringify([model.value?.key, { ...settings.value, model: undefined }]);
  const none = new Float32Array();
  const source = model.value && sourceOf(model.value, input.value?.values ?? none, ownInputs.value);
  return { of, input: input.value, source };
});

interface Measured {
  key: typeof noiseKey.value;
  runs: number;
  done: number;
  networks: LayerNoise[][] | null;
  problem: string | null;
}

const measured = signal<Measured | null>(null);
let worker: Engine | undefined;

/** The measurement, where it is of what is on show. */
export const noise = computed(() => {
  const { of, input, source } = noiseKey.value;
  const known = measured.value;
  const same = known && known.key.of === of && known.key.input === input && known.key.source === source;
  return same ? known : null;
});

// Nobody would see how it goes on, or could end it.
effect(() => {
  if (measured.value?.networks === null && noise.value === null) cancelMeasuring();
});

/** Runs the input on show again and again, in a worker of its own. */
export async function measure(runs: number): Promise<void> {
  cancelMeasuring();
  const network = model.peek();
  const chosen = input.peek();
  if (!network || !chosen) return;
  const conversion = settings.peek();
  const key = noiseKey.peek();
  const mine = new Engine(network);
  worker = mine;
  const tell = (state: Partial<Measured>) => {
    if (worker === mine) measured.value = { key, runs, done: 0, networks: null, problem: null, ...state };
  };
  tell({});
  try {
    const { inputs } = await calibrationFor(network, chosen.values, ownInputs.peek());
    await mine.prepare(network, inputs);
    const asks = { key: network.key, conversion, input: chosen.values, seed: conversion.seed, runs };
    const networks = await mine.call("noise", asks, (done) => tell({ done }));
    tell({ done: runs, networks });
  } catch (error) {
    tell({ problem: reasonOf(error) });
  }
  mine.close("the measurement has ended");
}

export function cancelMeasuring(): void {
  worker?.close("the measurement was cancelled");
  worker = undefined;
  if (measured.peek()?.networks === null) measured.value = null;
}

/** The spikes of every neuron of a layer from one step up to another, less those taken back. */
export function countsIn({ frames }: Run, network: number, layer: number, from: number, to: number, neurons: number) {
  const counts = new Int32Array(neurons);
  for (let step = from; step < Math.min(to, frames.length); step += 1) {
    const { neuron: fired = [], sign } = frames[step]?.networks[network]?.spikes[layer] ?? {};
    for (const [index, neuron] of fired.entries()) counts[neuron] = (counts[neuron] ?? 0) + (sign?.[index] ?? 1);
  }
  return counts;
}
