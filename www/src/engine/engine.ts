import type { Frame } from "quartic-snn";
import type { Answer, Call, CallName, Calls, ModelFacts, Tells } from "./calls";

/** A failure in the worker; `code` is that of a QuarticError. */
export class EngineError extends Error {
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

/** Whether a call failed because its worker was ended for something else. */
export const wasEnded = (error: unknown): error is EngineError =>
  error instanceof EngineError && (error.code === "aborted" || error.code === "interrupted");

/** A call that takes longer than this is not waited for by somebody who wants another model, in milliseconds. */
const PATIENCE = 1500;

interface Pending {
  name: CallName;
  since: number;
  resolve: (value: never) => void;
  told: ((news: never) => void) | undefined;
  reject: (error: EngineError) => void;
}

/** Who uses a model: the page's own are read by the lean module, a visitor's file may need the whole one. */
type User = { own: boolean };

/** A worker, seen from the page. */
export class Engine {
  /** The inputs that each model that was read is calibrated on. */
  readonly #calibrated = new Map<string, Float32Array | undefined>();
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "quartic-snn" });
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #broken = false;

  constructor({ own }: User) {
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.#settle(data));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.close(event.message || "the simulator could not be started", "load-failed");
    });
    // Where that fails, whatever is asked next loads again, and is told.
    this.call("start", { whole: own }).catch(() => {});
  }

  /** Whether it can be used no longer and must be replaced. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Whether it works on something large that does not end when it is told; another worker would have to load as well. */
  get stuck(): boolean {
    const pending = [...this.#pending.values()];
    if (pending.some(({ name }) => name === "start")) return false;
    return pending.some(({ name, since }) => name !== "convert" && performance.now() - since > PATIENCE);
  }

  /** Has a model read and calibrated where that was not done. */
  async prepare({ key, bytes }: { key: string; bytes: Uint8Array }, calibration: Float32Array): Promise<void> {
    if (!this.#calibrated.has(key)) await this.read(key, bytes);
    if (this.#calibrated.get(key) === calibration) return;
    this.#calibrated.set(key, calibration);
    await this.call("calibrate", { key, inputs: calibration });
  }

  async read(key: string, bytes: Uint8Array): Promise<ModelFacts> {
    const facts = await this.call("read", { key, bytes });
    this.#calibrated.set(key, undefined);
    return facts;
  }

  forget(key: string): void {
    if (this.#calibrated.delete(key)) this.call("forget", { key }).catch(() => {});
  }

  call<Name extends CallName>(
    name: Name,
    asks: Calls[Name]["asks"],
    told?: (news: Tells<Name>) => void,
  ): Promise<Calls[Name]["gives"]> {
    if (this.#broken) return Promise.reject(new EngineError("the simulator was stopped", "aborted"));
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { name, since: performance.now(), resolve: resolve as Pending["resolve"], told, reject });
      this.#worker.postMessage({ id, name, asks } satisfies Call);
    });
  }

  /** The frames of a run that has begun. */
  frames(run: number): AsyncIterator<Frame> {
    let waiting: Frame[] = [];
    return {
      next: async () => {
        if (waiting.length === 0) waiting = await this.call("next", { run });
        const value = waiting.shift();
        return value ? { value, done: false } : { value: undefined, done: true };
      },
      return: async () => {
        if (!this.#broken) await this.call("stop", { run });
        return { value: undefined, done: true };
      },
    };
  }

  /** Ends the worker at once, whatever it does; what it was asked fails with the message. */
  close(message: string, code = "aborted"): void {
    this.#broken = true;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(new EngineError(message, code));
    this.#pending.clear();
  }

  #settle(answer: Answer): void {
    const call = this.#pending.get(answer.id);
    if ("tells" in answer) {
      call?.told?.(answer.tells as never);
      return;
    }
    this.#pending.delete(answer.id);
    if (!("failed" in answer)) {
      call?.resolve(answer.gives as never);
      return;
    }
    const { message, code } = answer.failed;
    call?.reject(new EngineError(message, code));
    // A fault of the module leaves its memory in an unknown state.
    if (code === "internal" || code === "out-of-memory") this.close(message);
  }
}

const engines: { own?: Engine; offered?: Engine } = {};
const placeOf = ({ own }: User) => (own ? "own" : "offered");

/** The worker in use for such models; a new one where the last has failed. */
export function engine(user: User): Engine {
  const known = engines[placeOf(user)];
  if (known && !known.broken) return known;
  const made = new Engine(user);
  engines[placeOf(user)] = made;
  return made;
}

/** A worker that has time, at the price of what the last one works on. */
export function freeEngine(user: User): Engine {
  const known = engines[placeOf(user)];
  if (known?.stuck) known.close("stopped for another model", "interrupted");
  return engine(user);
}
