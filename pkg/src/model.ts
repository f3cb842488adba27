import { Ann } from "./ann.js";
import { knownKeys, optionsObject } from "./check.js";
import { guarded, invalidOption } from "./errors.js";
import type { Wasm } from "./load.js";

/** Reads a model file. */
export function readModel(wasm: Wasm, bytes: ArrayBuffer | Uint8Array, options?: { format?: string }): Ann {
  const { format } = optionsObject(options);
  knownKeys(options ?? {}, ["format"]);
  const view = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  if (!(view instanceof Uint8Array)) throw invalidOption("bytes", bytes, "an ArrayBuffer or a Uint8Array");
  return guarded(() => new Ann(wasm.Ann.readModel(view, format)));
}
