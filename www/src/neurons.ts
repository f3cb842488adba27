// The neuron that is looked into: pointed at in a raster, or pinned there.

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { markPlace } from "./address";
import type { NeuronFacts } from "./engine/calls";
import { type Engine, wasEnded } from "./engine/engine";
import type { NeuronKey } from "./link";
import { reasonOf, revive } from "./session";
import { hasNeuron, input, layers, pinned, pointed, run, simulated } from "./store";

/** A neuron with what is known of it; nothing is known of an input beyond its pixel. */
export interface Inspected {
  key: NeuronKey;
  facts: NeuronFacts | null;
  /** Why nothing is known. */
  reason: string | null;
}

export const sameNeuron = (a: NeuronKey | null, b: NeuronKey | null) =>
  a?.layer === b?.layer && a?.neuron === b?.neuron;

/** The network in whose raster a neuron was chosen last. */
export let chosenIn = 0;

/** Looks into a neuron until it is let go; the same neuron again lets it go. */
export function pin(key: NeuronKey | null, network = chosenIn): void {
  markPlace();
  chosenIn = network;
  pinned.value = sameNeuron(key, pinned.peek()) ? null : key;
  pointed.value = null;
}

export const inspectedPinned = inspected(pinned);
export const inspectedPointed = inspected(pointed);

/** What is known of a neuron in the run on show; what was known before stays until then. */
function inspected(key: ReadonlySignal<NeuronKey | null>): ReadonlySignal<Inspected | null> {
  const known = signal<Inspected | null>(null);
  let asked: { run: number; key: NeuronKey } | undefined;
  effect(() => {
    const wanted = key.value;
    const current = run.value;
    // The first frames are on show before the worker looks at anything else.
    const begun = simulated.value > 0;
    if (!wanted || (!current && !input.value) || !hasNeuron(layers.value, wanted)) known.value = null;
    else if (wanted.layer === 0) known.value = { key: wanted, facts: null, reason: null };
    else if (current?.engine && begun) void ask(current.engine, current.id, wanted);
  });

  async function ask(engine: Engine, id: number, wanted: NeuronKey): Promise<void> {
    const shown = known.peek();
    if (asked?.run === id && sameNeuron(asked.key, wanted) && shown && sameNeuron(shown.key, wanted)) return;
    asked = { run: id, key: wanted };
    const mine = asked;
    try {
      const facts = await engine.call("inspect", { run: id, ...wanted });
      if (mine === asked && sameNeuron(key.peek(), wanted)) known.value = { key: wanted, facts, reason: null };
    } catch (error) {
      if (mine === asked) fail(id, wanted, error);
    }
  }

  function fail(id: number, wanted: NeuronKey, error: unknown): void {
    const current = run.peek();
    if (current?.id !== id) return;
    if (wasEnded(error)) revive(current, error);
    else known.value = { key: wanted, facts: null, reason: reasonOf(error) };
  }

  return known;
}
