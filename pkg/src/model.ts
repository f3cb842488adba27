import { Ann } from "./ann.js";
import { knownKeys, optionsObject, readable } from "./check.js";
import { invalidOption } from "./errors.js";
import type { Instance } from "./instance.js";
import type { ReadModelOptions } from "./types.js";

/** A model file with what is said about it, checked as far as that can be done without the module. */
export interface ModelFile {
  bytes: Uint8Array;
  format: ReadModelOptions["format"];
  json: string | undefined;
}

/** Checks what is to be read. */
export function modelFile(bytes: ArrayBuffer | Uint8Array, options?: ReadModelOptions): ModelFile {
  const { format, description, ...rest } = optionsObject(options);
  knownKeys(rest, ["format", "description"]);
  if (format !== undefined && typeof format !== "string") {
    throw invalidOption("format", format, '"onnx" or "safetensors"');
  }
  return { bytes: readable(bytes), format, json: jsonOf(description) };
}

/** Reads a model file. */
export function readModel(instance: Instance, { bytes, format, json }: ModelFile): Ann {
  return instance.call((glue) => new Ann(instance, glue.Ann.readModel(bytes, format, json)));
}

/** A description as JSON. */
function jsonOf(description: unknown): string | undefined {
  const wrong = () => invalidOption("description", description, "an object { version, inputShape, layers }");
  if (description === undefined) return undefined;
  if (typeof description !== "object" || description === null) throw wrong();
  let json: string | undefined;
  try {
    json = JSON.stringify(description);
  } catch {
    // It has cycles.
  }
  if (json === undefined) throw wrong();
  return json;
}
