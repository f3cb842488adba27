import type { Frame } from "quartic-snn";

interface Options {
  steps: number;
  /** Neurons per layer, the input first. */
  sizes: readonly number[];
  open: (signal: AbortSignal) => AsyncIterable<Frame>;
  onProgress: (frames: number) => void;
  onError: (error: unknown) => void;
}

/** A run of both networks on one digit: frames are pulled up to a wanted step, and kept. */
export class Run {
  /** Frame `i` is what happened in step `i`. */
  readonly frames: Frame[] = [];
  readonly steps: number;
  readonly sizes: readonly number[];
  readonly #source: AsyncIterator<Frame>;
  readonly #abort = new AbortController();
  readonly #onProgress: Options["onProgress"];
  readonly #onError: Options["onError"];
  #wanted = 0;
  #pulling = false;

  constructor({ steps, sizes, open, onProgress, onError }: Options) {
    this.steps = steps;
    this.sizes = sizes;
    this.#source = open(this.#abort.signal)[Symbol.asyncIterator]();
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
    this.#abort.abort();
    void this.#source.return?.();
  }

  async #pull(): Promise<void> {
    this.#pulling = true;
    try {
      while (this.frames.length < this.#wanted && !this.#abort.signal.aborted) {
        const { value, done } = await this.#source.next();
        if (done) break;
        this.frames.push(value);
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#onError(error);
    }
    this.#pulling = false;
    if (!this.#abort.signal.aborted) this.#onProgress(this.frames.length);
  }
}
