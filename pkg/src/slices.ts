import { throwIfAborted } from "./errors.js";

/** How long work may keep the thread, in milliseconds. */
const SLICE = 8;

/** Lets other tasks run whenever work has kept the thread for a slice. */
export class Slices {
  #start = performance.now();
  readonly #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    throwIfAborted(signal);
  }

  /** Whether the slice is used up. */
  get over(): boolean {
    return performance.now() - this.#start >= SLICE;
  }

  /** Waits for a turn of the event loop, and throws where the signal was aborted. */
  async next(): Promise<void> {
    await turn();
    throwIfAborted(this.#signal);
    this.#start = performance.now();
  }
}

/** A turn of the event loop without the delay that timers have, where the platform offers one. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof MessageChannel === "undefined") {
      setTimeout(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
