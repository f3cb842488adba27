import type { RunResult, Snn } from "quartic-snn";
import type { LayerNoise } from "./calls";

interface Options {
  steps: number;
  seed: number;
  runs: number;
  reset: "subtract" | "zero";
}

/**
 * How far what a neuron receives in all steps wanders from run to run: the standard deviation over runs with streams of
 * their own, so that only the input spikes differ. Stream 0 is left to the run on show.
 */
export function measureNoise(
  networks: readonly Snn[],
  input: Float32Array,
  { runs, reset, ...options }: Options,
  tell: (done: number) => void,
): LayerNoise[][] {
  const spreads = networks.map((network) =>
    network.drift(input).map((means) => new Spread(means.map((mean) => mean * options.steps))),
  );
  for (let stream = 1; stream <= runs; stream += 1) {
    for (const [place, network] of networks.entries()) {
      const result = network.run(input, { ...options, stream, record: ["spikes", "potentials"] });
      for (const [layer, { thresholds }] of network.layers.entries()) {
        spreads[place]?.[layer]?.add(receivedIn(result, layer + 1, thresholds, reset));
      }
    }
    tell(stream);
  }
  return networks.map(({ layers }, place) =>
    layers.map(({ sigma, sigmaL4 }, layer) => {
      const measured = spreads[place]?.[layer]?.deviations() ?? new Float32Array();
      return { sigma, sigmaL4, measured };
    }),
  );
}

/** The standard deviation of many values at once. */
class Spread {
  /** Near the mean: squares of large numbers would hide small differences. */
  readonly #middle: Float32Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #count = 0;

  constructor(middle: Float32Array) {
    this.#middle = middle;
    this.#first = new Float64Array(middle.length);
    this.#second = new Float64Array(middle.length);
  }

  add(values: Float64Array): void {
    this.#count += 1;
    for (const [index, value] of values.entries()) {
      const apart = value - (this.#middle[index] ?? 0);
      this.#first[index] = (this.#first[index] ?? 0) + apart;
      this.#second[index] = (this.#second[index] ?? 0) + apart * apart;
    }
  }

  deviations(): Float32Array {
    return Float32Array.from(this.#first, (sum, index) => {
      const squares = (this.#second[index] ?? 0) - (sum * sum) / this.#count;
      return Math.sqrt(Math.max(0, squares) / (this.#count - 1));
    });
  }
}

/** What every neuron of a layer has received up to the last step, in ANN units: its potential and what spikes took. */
function receivedIn(
  { spikes, potentials }: RunResult,
  layer: number,
  thresholds: Float32Array,
  reset: "subtract" | "zero",
): Float64Array {
  const neurons = thresholds.length;
  const { values = new Float32Array() } = potentials.find((recorded) => recorded.layer === layer) ?? {};
  const last = values.length - neurons;
  const received = Float64Array.from(thresholds, (threshold, neuron) => threshold * (values[last + neuron] ?? 0));
  const { step = [], neuron = [], sign } = spikes[layer] ?? {};
  for (const [index, fired] of neuron.entries()) {
    const start = (step[index] ?? 0) * neurons;
    // The potential is that before firing: what a spike of the last step takes is still in it.
    if (start === last) continue;
    const taken = reset === "subtract" ? (sign?.[index] ?? 1) : (values[start + fired] ?? 0);
    received[fired] = (received[fired] ?? 0) + taken * (thresholds[fired] ?? 0);
  }
  return received;
}
