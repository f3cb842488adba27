import { Ann } from "./ann.js";
import { knownKeys, optionsObject, readable } from "./check.js";
import { guarded } from "./errors.js";
import type { Wasm } from "./load.js";

/** Reads a model file. */
export function readModel(wasm: Wasm, bytes: ArrayBuffer | Uint8Array, options?: { format?: string }): Ann {
  const { format } = optionsObject(options);
  knownKeys(options ?? {}, ["format"]);
  return guarded(() => new Ann(wasm.Ann.readModel(readable(bytes), format)));
}
