import { crashed, invalidOption, isFault, QuarticError } from "../errors.js";
import { onAbort } from "./aborts.js";
import { type Answer, type CallName, type Calls, errorOf, type Id } from "./protocol.js";
import { type OwnWorker, startThread, type Thread } from "./threads.js";

/** What goes with a call. */
export interface Along {
  signal?: AbortSignal | undefined;
  /** Told how far it is. */
  tell?: ((done: number, total?: number) => void) | undefined;
}

interface Pending {
  along: Along;
  resolve(value: never): void;
  reject(error: QuarticError): void;
}

/** How long the first answer may take, in milliseconds: a worker of some other script gives none. */
const FIRST_ANSWER = 60_000;

/** A worker with an instance of the module, seen from outside. */
export class Remote {
  readonly #thread: Thread;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #over: QuarticError | undefined;

  private constructor(own: OwnWorker | undefined) {
    const failed = (reason: string, cause: unknown) => this.#end(crashed(`its worker failed: ${reason}`), cause);
    this.#thread = startThread({ answer: (answer) => this.#settle(answer), failed }, own);
  }

  /** Starts a worker. */
  static async start(
    module: WebAssembly.Module,
    own: OwnWorker | undefined,
  ): Promise<{ remote: Remote; version: string }> {
    let remote: Remote | undefined;
    const late = setTimeout(() => remote?.end(crashed("it has not answered for a minute")), FIRST_ANSWER);
    try {
      remote = new Remote(own);
      return { remote, ...(await remote.call("start", { module })) };
    } catch (error) {
      remote?.end(crashed("it could not be started"));
      if (error instanceof QuarticError && error.code !== "crashed") throw error;
      const reason = error instanceof QuarticError ? error.details["reason"] : error;
      throw new QuarticError(
        "load-failed",
        `the worker could not be started (${reason}); if the bundler does not find its script, give it the entry ` +
          "quartic-snn/worker-thread and pass load({ worker: () => new Worker(..., { type: 'module' }) }); on a server, " +
          "leave the package out of the bundle",
        { cause: error },
      );
    } finally {
      clearTimeout(late);
    }
  }

  /** Whether it can be used. */
  get over(): boolean {
    return this.#over !== undefined;
  }

  /** Asks for something; typed arrays in `asks` that were made for it are moved with `transfer`. */
  call<Name extends CallName>(
    name: Name,
    asks: Calls[Name]["asks"],
    along: Along & { transfer?: ArrayBuffer[] } = {},
  ): Promise<Calls[Name]["gives"]> {
    if (this.#over) return Promise.reject(this.#over);
    this.#calls += 1;
    const id = this.#calls;
    let forget = () => {};
    const answer = new Promise<Calls[Name]["gives"]>((resolve, reject) => {
      try {
        this.#thread.post({ id, call: name, asks }, along.transfer ?? []);
      } catch (error) {
        const cannot = invalidOption("options", asks, "data that can be sent to a worker");
        reject(new QuarticError(cannot.code, cannot.message, { details: cannot.details, cause: error }));
        return;
      }
      this.#pending.set(id, { along, resolve, reject });
      this.#thread.keepAlive(true);
      forget = onAbort(along.signal, () => this.#thread.post({ stop: id }, []));
    });
    return answer.finally(() => forget());
  }

  /** Forgets a handle, where there still is somebody to forget it. */
  forget(id: Id): void {
    if (!this.#over) void this.call("close", { id }).catch(() => undefined);
  }

  /** Ends the worker, whatever it does. */
  end(error: QuarticError): void {
    this.#end(error, undefined);
  }

  #end(error: QuarticError, cause: unknown): void {
    if (this.#over) return;
    this.#over =
      cause === undefined ? error : new QuarticError(error.code, error.message, { details: error.details, cause });
    this.#thread.end();
    for (const { reject } of this.#pending.values()) reject(this.#over);
    this.#pending.clear();
  }

  #settle(answer: Answer): void {
    const call = this.#pending.get(answer.id);
    if (!call) return;
    if ("done" in answer) {
      call.along.tell?.(answer.done, answer.total);
      return;
    }
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) this.#thread.keepAlive(false);
    if ("gives" in answer) {
      call.resolve(answer.gives as never);
      return;
    }
    const error = errorOf(answer.failed);
    call.reject(error);
    // Memory is in an unknown state.
    if (isFault(error.code)) this.#end(crashed("it had a fault before"), error);
  }
}
