// The end of a worker that is within it. The script of a worker must not import what starts workers: to a bundler it would
// be a part of itself.

import type { Answer, Request } from "./protocol.js";

/** What a worker listens to and speaks through. */
export interface Port {
  post(answer: Answer): void;
  listen(hear: (request: Request) => void): void;
}

// A bundler for browsers must find no import of Node's modules.
export const workerThreads = () => globalThis.process?.getBuiltinModule?.("node:worker_threads");

/** The port of the worker that this runs in. */
export function ownPort(): Port {
  const parent = typeof WorkerGlobalScope === "function" ? undefined : workerThreads()?.parentPort;
  if (parent) {
    return {
      post: (answer) => parent.postMessage(answer),
      listen: (hear) => void parent.on("message", hear),
    };
  }
  const scope = globalThis as unknown as Worker;
  return {
    post: (answer) => scope.postMessage(answer),
    listen: (hear) => scope.addEventListener("message", ({ data }: MessageEvent<Request>) => hear(data)),
  };
}

declare const WorkerGlobalScope: unknown;
