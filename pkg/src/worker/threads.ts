// The two kinds of worker: those of the web, which Deno and Bun have as well, and the worker threads of Node.

import { workerThreads } from "./port.js";
import type { Answer, Request } from "./protocol.js";

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

/** Creates a worker, if a bundler does not find the script of this package. */
export type OwnWorker = () => Worker;

type NodeWorker = import("node:worker_threads").Worker;

const isOfWeb = (worker: Worker | NodeWorker): worker is Worker => "addEventListener" in worker;

/** Starts a worker. */
export function startThread(listener: Listener, own: OwnWorker | undefined): Thread {
  if (own) {
    const worker: Worker | NodeWorker = own();
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
  worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => listener.answer(data));
  worker.addEventListener("messageerror", ({ data }) => listener.failed("a message could not be read", data));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    listener.failed(event.message || "its script could not be loaded", event);
  });
  const { ref, unref } = worker as { ref?: () => void; unref?: () => void };
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    end: () => worker.terminate(),
    keepAlive: (alive) => (alive ? ref : unref)?.call(worker),
  };
}

/** A worker thread of Node with the script of ours. */
function ownScript(): NodeWorker {
  const threads = workerThreads();
  if (!threads) throw new TypeError("this platform has no workers");
  // Kept from bundlers, which would copy the script as a file that nothing uses.
  const here = import.meta.url;
  // Options of the process such as --input-type are not for scripts of ours.
  const options = { name: "quartic-snn", execArgv: [] };
  return new threads.Worker(new URL("../worker-thread.js", here), options);
}

function nodeThread(worker: NodeWorker, listener: Listener): Thread {
  worker.on("message", (answer: Answer) => listener.answer(answer));
  worker.on("messageerror", (error) => listener.failed("a message could not be read", error));
  worker.on("error", (error) => listener.failed(String(error), error));
  worker.on("exit", (code) => listener.failed(`it ended with code ${code}`, undefined));
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    end: () => void worker.terminate(),
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
  };
}
