import { Ann } from "./ann.js";
import { knownKeys, optionsObject, readable } from "./check.js";
import { guarded, invalidOption } from "./errors.js";
import type { Wasm } from "./load.js";
import type { ReadModelOptions } from "./types.js";

/** Reads a model file. */
export function readModel(wasm: Wasm, bytes: ArrayBuffer | Uint8Array, options?: ReadModelOptions): Ann {
  const { format, description } = optionsObject(options);
  knownKeys(options ?? {}, ["format", "description"]);
  const json = jsonOf(description);
  return guarded(() => new Ann(wasm.Ann.readModel(readable(bytes), format, json)));
}

/** A description as JSON. */
function jsonOf(description: unknown): string | undefined {
  const wrong = () => invalidOption("description", description, "an object { version, inputShape, layers }");
  if (description === undefined) return undefined;
  if (typeof description !== "object" || description === null) throw wrong();
  try {
    return JSON.stringify(description);
  } catch {
    throw wrong(); // It has cycles.
  }
}
