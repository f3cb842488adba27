import type { Frame, LayerSpikes } from "quartic-snn";
import type { LayerFacts } from "./engine/calls";
import type { Engine } from "./engine/engine";
import { kindOf } from "./kinds";
import type { Settings } from "./parameters";
import type { Input } from "./store";

interface Options {
  /** Its name in the worker. */
  id: number;
  steps: number;
  /** What it was made with. */
  settings: Settings;
  input: Input | null;
  /** The input first. */
  layers: readonly LayerFacts[];
  source: AsyncIterator<Frame>;
  /** The worker that has it, which can be asked for more. */
  engine: Engine | undefined;
  onProgress: (frames: number) => void;
  onError: (error: unknown) => void;
}

/** What a network has done up to the end of a step, beside what its frame tells. */
export interface Tally {
  /** Spikes that were taken back; none where its neurons are not signed. */
  takenBack: number | undefined;
  /** Spikes of neurons that should be silent, and how many of those neurons have had any. */
  falseSpikes: number;
  falseNeurons: number;
}

/** A run of both networks on one input: frames are pulled up to a wanted step, and kept. */
export class Run {
  /** Frame `i` is what happened in step `i`. */
  readonly frames: Frame[] = [];
  /** Of each network, step by step. */
  readonly tallies: Tally[][] = [];
  readonly id: number;
  readonly steps: number;
  readonly settings: Settings;
  readonly input: Input | null;
  readonly layers: readonly LayerFacts[];
  readonly engine: Engine | undefined;
  /** By network and layer, which neurons that should be silent have fired. */
  readonly #misled: Set<number>[][] = [];
  readonly #source: AsyncIterator<Frame>;
  readonly #onProgress: Options["onProgress"];
  readonly #onError: Options["onError"];
  #wanted = 0;
  #pulling = false;
  #stopped = false;
  #failed = false;

  constructor({ id, steps, settings, input, layers, source, engine, onProgress, onError }: Options) {
    this.id = id;
    this.steps = steps;
    this.settings = settings;
    this.input = input;
    this.layers = layers;
    this.engine = engine;
    this.#source = source;
    this.#onProgress = onProgress;
    this.#onError = onError;
  }

  /** Simulates on until that many steps are done. */
  advanceTo(step: number): void {
    this.#wanted = Math.max(this.#wanted, Math.min(Math.floor(step), this.steps));
    if (!this.#pulling && !this.#failed && this.frames.length < this.#wanted) void this.#pull();
  }

  /** Ends the run; nothing is reported after this. */
  stop(): void {
    this.#stopped = true;
    // Where the worker has gone, so has the run.
    this.#source.return?.().catch(() => {});
  }

  /** Adds what happened in the next step. */
  keep(frame: Frame): void {
    const before = this.tallies.at(-1);
    this.tallies.push(frame.networks.map(({ spikes }, network) => this.#tally(spikes, network, before?.[network])));
    this.frames.push(frame);
  }

  #tally(spikes: readonly LayerSpikes[], network: number, before: Tally | undefined): Tally {
    const signed = spikes.some(({ sign }) => sign !== undefined);
    let [takenBack, falseSpikes] = [before?.takenBack ?? 0, before?.falseSpikes ?? 0];
    this.#misled[network] ??= spikes.map(() => new Set());
    const misled = this.#misled[network];
    for (const [layer, of] of spikes.entries()) {
      const silent = this.layers[layer]?.silent;
      if (!silent && !of.sign) continue;
      for (const [index, neuron] of of.neuron.entries()) {
        const kind = kindOf(of, index, silent);
        if (kind === "takenBack") takenBack += 1;
        if (kind !== "false") continue;
        falseSpikes += 1;
        misled[layer]?.add(neuron);
      }
    }
    const falseNeurons = misled.reduce((sum, { size }) => sum + size, 0);
    return { takenBack: signed ? takenBack : undefined, falseSpikes, falseNeurons };
  }

  async #pull(): Promise<void> {
    this.#pulling = true;
    try {
      while (this.frames.length < this.#wanted && !this.#stopped) {
        const { value, done } = await this.#source.next();
        if (done) break;
        this.keep(value);
      }
    } catch (error) {
      this.#failed = true;
      if (!this.#stopped) this.#onError(error);
    }
    this.#pulling = false;
    if (!this.#stopped && !this.#failed) this.#onProgress(this.frames.length);
  }
}
