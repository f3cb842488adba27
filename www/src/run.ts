import type { Frame } from "quartic-snn";
import type { LayerFacts } from "./engine/calls";
import type { Engine } from "./engine/engine";
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

/** A run of both networks on one input: frames are pulled up to a wanted step, and kept. */
export class Run {
  /** Frame `i` is what happened in step `i`. */
  readonly frames: Frame[] = [];
  /** The spikes that each network has taken back up to the end of a step; none where its neurons are not signed. */
  readonly takenBack: (number | undefined)[][] = [];
  readonly id: number;
  readonly steps: number;
  readonly settings: Settings;
  readonly input: Input | null;
  readonly layers: readonly LayerFacts[];
  readonly engine: Engine | undefined;
  readonly #source: AsyncIterator<Frame>;
  readonly #onProgress: Options["onProgress"];
  readonly #onError: Options["onError"];
  #wanted = 0;
  #pulling = false;
  #stopped = false;

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
    if (!this.#pulling && this.frames.length < this.#wanted) void this.#pull();
  }

  /** Ends the run; nothing is reported after this. */
  stop(): void {
    this.#stopped = true;
    // Where the worker has gone, so has the run.
    this.#source.return?.().catch(() => {});
  }

  #keep(frame: Frame): void {
    const before = this.takenBack.at(-1);
    this.takenBack.push(
      frame.networks.map(({ spikes }, network) => {
        const signs = spikes.flatMap(({ sign }) => sign ?? []);
        if (signs.length === 0) return undefined;
        const now = signs.reduce((sum, sign) => sum + sign.filter((one) => one < 0).length, 0);
        return (before?.[network] ?? 0) + now;
      }),
    );
    this.frames.push(frame);
  }

  async #pull(): Promise<void> {
    this.#pulling = true;
    try {
      while (this.frames.length < this.#wanted && !this.#stopped) {
        const { value, done } = await this.#source.next();
        if (done) break;
        this.#keep(value);
      }
    } catch (error) {
      if (!this.#stopped) this.#onError(error);
    }
    this.#pulling = false;
    if (!this.#stopped) this.#onProgress(this.frames.length);
  }
}
