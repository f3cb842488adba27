// Workers of Node that a test may watch.

import { Worker } from "node:worker_threads";

/** The script of the package's workers. */
export const script = new URL("./worker-thread.js", import.meta.resolve("quartic-snn"));

/** A worker of Node that looks like one of the web. */
export function webWorker() {
  const worker = new Worker(script);
  return {
    addEventListener: (type, hear) => worker.on(type, (data) => hear({ data })),
    postMessage: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
  };
}
