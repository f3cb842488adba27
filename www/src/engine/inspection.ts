import type { RunOptions, RunResult, Snn } from "quartic-snn";
import type { Conversion } from "../conversion";
import type { Anatomy, NeuronFacts, NeuronTrace } from "./calls";

/** More potentials than this are not recorded: they would not fit into the memory of a page. */
const MOST_POTENTIALS = 40_000_000;

interface Options extends RunOptions {
  steps: number;
  conversion: Conversion;
}

/** A run again, with every potential: what one wants to know of single neurons. Made when it is first asked. */
export class Inspection {
  readonly #pair: readonly Snn[];
  readonly #input: Float32Array;
  readonly #options: Options;
  #recorded: { results: RunResult[]; drifts: Float32Array[][]; activations: Float32Array[] } | undefined;

  constructor(pair: readonly Snn[], input: Float32Array, options: Options) {
    this.#pair = pair;
    this.#input = input;
    this.#options = options;
  }

  /** Layer 1 is the first after the input. */
  neuron(layer: number, neuron: number): NeuronFacts {
    const { results, drifts, activations } = this.#record();
    return {
      conversion: this.#options.conversion,
      weights: this.#pair[0]?.weightsOf(layer, neuron) ?? [],
      silent: (activations[layer - 1]?.[neuron] ?? 0) <= 0,
      networks: this.#pair.flatMap((network, index) => {
        const result = results[index];
        const drift = drifts[index]?.[layer - 1]?.[neuron] ?? 0;
        return result ? [{ ...this.#trace(network, result, layer, neuron), drift }] : [];
      }),
    };
  }

  anatomy(): Anatomy {
    const [first] = this.#pair;
    return {
      layers: this.#pair.map(({ layers }) => layers),
      activations: first?.activations(this.#input) ?? [],
      synapses: first?.synapses ?? 0,
    };
  }

  #record() {
    if (this.#recorded) return this.#recorded;
    const { conversion: _, ...options } = this.#options;
    const neurons = this.#pair[0]?.layers.reduce((sum, { thresholds }) => sum + thresholds.length, 0) ?? 0;
    if (neurons * options.steps > MOST_POTENTIALS) {
      throw new Error(`${neurons} neurons over ${options.steps} steps are too many to inspect; use fewer steps`);
    }
    const record = ["spikes", "potentials"] as const;
    const results = this.#pair.map((network) => network.run(this.#input, { ...options, record }));
    // Corrections move biases: each network has a mean of its own.
    const drifts = this.#pair.map((network) => network.drift(this.#input));
    this.#recorded = { results, drifts, activations: this.#pair[0]?.activations(this.#input) ?? [] };
    return this.#recorded;
  }

  #trace(network: Snn, { spikes, potentials }: RunResult, layer: number, neuron: number): Omit<NeuronTrace, "drift"> {
    const { steps, conversion } = this.#options;
    const facts = network.layers[layer - 1];
    const threshold = facts?.thresholds[neuron] ?? 1;
    const margin = facts?.margin ?? { size: 0, steps: 1 };
    const left = (step: number) => margin.size * Math.max(0, 1 - (step + 1) / margin.steps);
    const { neurons = 1, values = new Float32Array() } = potentials.find((recorded) => recorded.layer === layer) ?? {};
    const fired = spikes[layer];
    const potential = Float32Array.from(
      { length: steps },
      (_, step) => threshold * (values[step * neurons + neuron] ?? 0),
    );
    const stepsWith = (sign: 1 | -1) =>
      fired?.step.filter((_, index) => fired.neuron[index] === neuron && (fired.sign?.[index] ?? 1) === sign) ??
      new Uint32Array();
    const events = { spikes: stepsWith(1), takenBack: fired?.sign && stepsWith(-1) };
    return {
      threshold,
      limit: potential.map((_, step) => threshold * (1 + (margin.size > 0 ? left(step) : 0))),
      l4: facts?.l4[neuron] ?? 0,
      sigmaL4: facts?.sigmaL4[neuron] ?? 0,
      concentration: facts?.concentration ?? 1,
      potential,
      arrived: arrived(potential, events, { threshold, start: facts?.initialPotential ?? 0, reset: conversion.reset }),
      ...events,
    };
  }
}

/** The sum of what has come in: every rise of the potential since the start or since it was last reset. */
function arrived(
  potential: Float32Array,
  { spikes, takenBack }: Pick<NeuronTrace, "spikes" | "takenBack">,
  { threshold, start, reset }: Pick<NeuronTrace, "threshold"> & Pick<Conversion, "reset"> & { start: number },
): Float32Array {
  const [fired, back] = [new Set(spikes), new Set(takenBack)];
  let taken = -threshold * start;
  return potential.map((value, step) => {
    const sum = value + taken;
    if (fired.has(step)) taken += reset === "subtract" ? threshold : value;
    if (back.has(step)) taken += reset === "subtract" ? -threshold : value;
    return sum;
  });
}
