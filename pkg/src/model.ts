import { Ann } from "./ann.js";
import { isDetached, knownKeys, optionsObject } from "./check.js";
import { guarded, invalidOption } from "./errors.js";
import type { Wasm } from "./load.js";

/** Reads a model file. */
export function readModel(wasm: Wasm, bytes: ArrayBuffer | Uint8Array, options?: { format?: string }): Ann {
  const { format } = optionsObject(options);
  knownKeys(options ?? {}, ["format"]);
  const readable = bytes instanceof Uint8Array || bytes instanceof ArrayBuffer;
  if (!readable || isDetached(bytes instanceof Uint8Array ? bytes.buffer : bytes)) {
    throw invalidOption("bytes", bytes, "an ArrayBuffer or a Uint8Array that was not transferred away");
  }
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return guarded(() => new Ann(wasm.Ann.readModel(view, format)));
}
