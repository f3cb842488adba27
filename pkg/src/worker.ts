/**
 * The API of `quartic-snn` in a worker, so that neither a long conversion nor a data set blocks the thread. The names
 * are the same, every call is asynchronous, and `evaluate` uses all cores.
 *
 * @packageDocumentation
 */

import { knownKeys, optionsObject } from "./check.js";
import { invalidOption } from "./errors.js";
import { compile, type WasmSource } from "./load.js";
import { wasmSource } from "./quartic.js";
import { ownModule } from "./source.js";
import { Quartic } from "./worker/quartic.js";
import type { OwnWorker } from "./worker/threads.js";

export { compareDefaults, convertDefaults, runDefaults } from "./defaults.js";
export { QuarticError, type QuarticErrorCode } from "./errors.js";
export type { WasmSource } from "./load.js";
export type { TensorFlowArtifacts, TensorFlowLayer, TensorFlowModel, TensorFlowTensor } from "./tfjs.js";
export type * from "./types.js";
export type { Ann, Snn } from "./worker/handles.js";
export type { Quartic, WorkerConvertOptions, WorkerEvaluateOptions, WorkerReadSnnOptions } from "./worker/quartic.js";
export type { OwnWorker, WorkerThread } from "./worker/threads.js";

/** Options of `load`. */
export interface WorkerLoadOptions {
  /** The source of the WebAssembly module, if a bundler or server does not find it by itself. */
  wasm?: WasmSource | undefined;
  /** Creates a worker from the entry `quartic-snn/worker-thread`, if a bundler does not find its script by itself. */
  worker?: OwnWorker | undefined;
}

/**
 * Starts a worker and returns the API. Every call starts another worker; `close()`, `using` or `await using` ends it.
 * The module is compiled once and shared with further workers.
 *
 * @throws {QuarticError} `load-failed`, `unsupported-runtime`, `invalid-option`
 */
export async function load(options?: WorkerLoadOptions): Promise<Quartic> {
  const { worker, ...rest } = optionsObject(options);
  knownKeys(rest, ["wasm", "worker"]);
  if (worker !== undefined && typeof worker !== "function") {
    throw invalidOption("worker", worker, "a function that makes a Worker");
  }
  return Quartic.start({ module: await compile(wasmSource(ownModule, rest)), worker });
}
