// The end of a worker that is within it. The script of a worker must not import what starts workers: to a bundler it would
// be a part of itself.

import { type Answer, opened, type Request, sealed } from "./protocol.js";

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
      post: (answer) => parent.postMessage(sealed(answer)),
      listen: (hear) => void parent.on("message", (data) => heard(data, hear)),
    };
  }
  const scope = globalThis as unknown as Worker;
  return {
    post: (answer) => scope.postMessage(sealed(answer)),
    listen: (hear) => scope.addEventListener("message", ({ data }) => heard(data, hear)),
  };
}

function heard(data: unknown, hear: (request: Request) => void): void {
  const request = opened<Request>(data);
  if (request) hear(request);
}

declare const WorkerGlobalScope: unknown;
