import { invalidOption, QuarticError } from "./errors.js";

/** A Float32Array that can be read. */
export function floats(name: string, value: unknown): Float32Array {
  if (value instanceof Float32Array && !isDetached(value.buffer)) return value;
  throw invalidOption(name, value, "a Float32Array whose buffer was not transferred away");
}

/** Bytes that can be read. */
export function readable(bytes: unknown): Uint8Array {
  const known = bytes instanceof Uint8Array || bytes instanceof ArrayBuffer;
  if (!known || isDetached(bytes instanceof Uint8Array ? bytes.buffer : bytes)) {
    throw invalidOption("bytes", bytes, "an ArrayBuffer or a Uint8Array that was not transferred away");
  }
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
}

/** Whole labels as words; the core checks that they are classes. */
export function labels(value: unknown): Uint32Array {
  const list = value as ArrayLike<number> | null | undefined;
  if (typeof list !== "object" || typeof list?.length !== "number") throw invalidOption("labels", value, "an array");
  const words = Uint32Array.from(list);
  for (let index = 0; index < words.length; index++) {
    if (words[index] === list[index]) continue;
    throw new QuarticError("invalid-input", `labels must be whole numbers, got ${list[index]} at index ${index}`, {
      details: { what: "labels", received: String(list[index]), index },
    });
  }
  return words;
}

/** An options object, which must be one. */
export function optionsObject<T extends object>(value: T | undefined): T {
  if (value === undefined) return {} as T;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalidOption("options", value, "an object");
}

/** Refuses keys that are not known, by name. */
export function knownKeys(value: object, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw invalidOption(key, "an unknown key", `one of: ${known.join(", ")}`);
  }
}

/** A signal, where there is one. */
export function abortSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw invalidOption("signal", value, "an AbortSignal");
}

/** Whether the buffer was transferred away; not every platform has the property `detached` yet. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}
