// The two kinds of worker: those of the web, which Deno and Bun have as well, and the worker threads of Node.

import { invalidOption } from "../errors.js";
import { workerThreads } from "./port.js";
import { type Answer, opened, type Request, sealed } from "./protocol.js";

/** A worker as the package uses it. */
export interface Thread {
  post(request: Request, transfer: ArrayBuffer[]): void;
  end(): void;
  /** Whether a process may not end before the worker does. */
  keepAlive(alive: boolean): void;
}

/** What a worker tells. */
export interface Listener {
  answer(answer: Answer): void;
  /** It failed, and tells nothing any more. */
  failed(reason: string, cause: unknown): void;
}

/** A worker thread of Node, from `node:worker_threads`. */
export interface WorkerThread {
  postMessage(value: unknown, transfer?: readonly ArrayBuffer[]): void;
  // biome-ignore lint/suspicious/noExplicitAny: as Node declares it
  on(event: string, listener: (...values: any[]) => void): unknown;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
}

/**
 * Creates a worker, if a bundler does not find the script of this package: a new one each time, which `quartic.close()`
 * ends. A worker that is terminated by others may never answer.
 */
export type OwnWorker = () => Worker | WorkerThread;

/** Those that were taken: two ends on one worker would take each other's answers. */
const taken = new WeakSet<Worker | WorkerThread>();

const isOfWeb = (worker: Worker | WorkerThread): worker is Worker => "addEventListener" in worker;

/** Starts a worker. */
export function startThread(listener: Listener, own: OwnWorker | undefined): Thread {
  if (own) {
    const worker = own();
    if (typeof (worker as Worker | undefined)?.terminate !== "function" || taken.has(worker)) {
      const what = taken.has(worker) ? "one that it gave before" : worker;
      throw invalidOption("worker", what, "a function that gives a new Worker each time");
    }
    taken.add(worker);
    return isOfWeb(worker) ? webThread(worker, listener) : nodeThread(worker, listener);
  }
  if (typeof Worker === "function") {
    // Bundlers look for exactly this.
    const worker = new Worker(new URL("../worker-thread.js", import.meta.url), { type: "module", name: "quartic-snn" });
    return webThread(worker, listener);
  }
  return nodeThread(ownScript(), listener);
}

function webThread(worker: Worker, listener: Listener): Thread {
  worker.addEventListener("message", ({ data }) => heard(data, listener));
  worker.addEventListener("messageerror", ({ data }) => listener.failed("a message could not be read", data));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    listener.failed(event.message || "its script could not be loaded", event);
  });
  const { ref, unref } = worker as { ref?: () => void; unref?: () => void };
  return {
    post: (request, transfer) => worker.postMessage(sealed(request), transfer),
    end: () => worker.terminate(),
    keepAlive: (alive) => (alive ? ref : unref)?.call(worker),
  };
}

/** A worker thread of Node with the script of ours. */
function ownScript(): WorkerThread {
  const threads = workerThreads();
  if (!threads) throw new TypeError("this platform has no workers");
  // Kept from bundlers, which would copy the script as a file that nothing uses.
  const here = import.meta.url;
  // Options of the process such as --input-type are not for scripts of ours.
  const options = { name: "quartic-snn", execArgv: [] };
  return new threads.Worker(new URL("../worker-thread.js", here), options);
}

function heard(data: unknown, listener: Listener): void {
  const answer = opened<Answer>(data);
  if (answer) listener.answer(answer);
}

function nodeThread(worker: WorkerThread, listener: Listener): Thread {
  worker.on("message", (data) => heard(data, listener));
  worker.on("messageerror", (error) => listener.failed("a message could not be read", error));
  worker.on("error", (error) => listener.failed(String(error), error));
  worker.on("exit", (code) => listener.failed(`it ended with code ${code}`, undefined));
  return {
    post: (request, transfer) => worker.postMessage(sealed(request), transfer),
    end: () => void worker.terminate(),
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
  };
}
