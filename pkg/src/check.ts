import { invalidOption, isBroken, QuarticError, show, unknownKey } from "./errors.js";

/** The most that goes into the module at once, in bytes: it has 4 GiB for everything. */
const MOST_BYTES = 2 ** 30;

/** Read from the prototype, so that no property of the array itself can say otherwise. */
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const [kindOf, bufferOf, offsetOf, lengthOf, bytesOf] = (
  [Symbol.toStringTag, "buffer", "byteOffset", "length", "byteLength"] as const
).map((key) => Object.getOwnPropertyDescriptor(typedArray, key)?.get as (this: unknown) => unknown) as [
  (this: unknown) => string | undefined,
  (this: unknown) => ArrayBufferLike,
  (this: unknown) => number,
  (this: unknown) => number,
  (this: unknown) => number,
];

const sharedLength =
  typeof SharedArrayBuffer === "function"
    ? Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, "byteLength")?.get
    : undefined;
const bufferLengths = [Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")?.get, sharedLength] as ((
  this: unknown,
) => number)[];

/** A plain view of what the Float32Array holds now. */
export function floats(name: string, value: unknown): Float32Array {
  if (kindOf.call(value) === "Float32Array" && !isDetached(bufferOf.call(value))) {
    notTooLarge(name, bytesOf.call(value));
    return new Float32Array(bufferOf.call(value), offsetOf.call(value), lengthOf.call(value));
  }
  throw invalidOption(name, value, "a Float32Array whose buffer was not transferred away");
}

/** A copy of what a Float32Array holds now; what {@link floats} refuses as it is, to be refused where it is read. */
export function copied(value: Float32Array): Float32Array {
  try {
    return floats("", value).slice();
  } catch {
    return value;
  }
}

/** Whether it is what {@link floats} takes. */
export function isFloats(value: unknown): boolean {
  return kindOf.call(value) === "Float32Array" && !isDetached(bufferOf.call(value));
}

/** Bytes that can be read. */
export function readable(bytes: unknown): Uint8Array {
  const array = kindOf.call(bytes) === "Uint8Array";
  const buffer = array ? bufferOf.call(bytes) : bytes;
  if (!isBuffer(buffer) || isDetached(buffer)) {
    throw invalidOption("bytes", bytes, "an ArrayBuffer or a Uint8Array that was not transferred away");
  }
  const view = array ? new Uint8Array(buffer, offsetOf.call(bytes), lengthOf.call(bytes)) : new Uint8Array(buffer);
  notTooLarge("bytes", view.byteLength);
  return view;
}

/** Whether it is a buffer, of this realm or of another one, such as that of an iframe. */
export function isBuffer(value: unknown): value is ArrayBufferLike {
  return bufferLengths.some((lengthOf) => {
    try {
      return lengthOf?.call(value) !== undefined;
    } catch {
      return false;
    }
  });
}

function notTooLarge(what: string, bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  const [estimate, allowed] = [bytes, MOST_BYTES].map((size) => `${Math.ceil(size / 2 ** 20)} MiB`);
  const advice = "pass it in parts";
  throw new QuarticError("too-large", `\`${what}\` takes ${estimate}, more than ${allowed} at once: ${advice}`, {
    details: { what, estimate, allowed, advice },
  });
}

/** Whole labels as words; the core checks that they are classes, and as many as there are images. */
export function labels(value: unknown, images: Float32Array): Uint32Array {
  if (kindOf.call(value) !== undefined && isDetached(bufferOf.call(value))) {
    throw invalidOption("labels", value, "an array whose buffer was not transferred away");
  }
  const list = value as ArrayLike<number> | null | undefined;
  const length = typeof list === "object" ? read("labels", () => list?.length) : undefined;
  if (typeof length !== "number") throw invalidOption("labels", value, "an array");
  // An image has at least one value; what a list claims to hold is not made room for.
  if (length > images.length) {
    const expected = "at least one value for each of the labels";
    throw new QuarticError("shape-mismatch", `images must have ${expected} (${length}), got ${images.length}`, {
      details: { what: "images", expected, received: images.length },
    });
  }
  const numbers = read("labels", () => Array.from({ length }, (_, index) => list?.[index]));
  const index = numbers.findIndex((label) => typeof label !== "number" || label >>> 0 !== label);
  if (index < 0) return Uint32Array.from(numbers as number[]);
  const [received, allowed] = [show(numbers[index]), "whole numbers from 0, below the number of classes"];
  throw new QuarticError("invalid-input", `labels must be ${allowed}, got ${received} at index ${index}`, {
    details: { what: "labels", received, index, allowed },
  });
}

/** A copy of options as they are now; what {@link optionsObject} refuses as it is, to be refused where it is read. */
export function asGiven<T extends object>(value: T | undefined): T | undefined {
  try {
    return optionsObject(value);
  } catch {
    return value;
  }
}

/** A copy of an options object, which may be left out. */
export function optionsObject<T extends object>(value: T | undefined): T {
  return value === undefined ? ({} as T) : objectOf("options", value);
}

/**
 * A copy of an object, which must be one: nothing that its getters do can happen later. One that keeps what it has
 * elsewhere, such as a map or the getters of a class, would be read as if nothing was said.
 */
export function objectOf<T extends object>(name: string, value: T): T {
  if (typeof value !== "object" || value === null) throw invalidOption(name, value, "an object");
  return read(name, () => {
    if (Array.isArray(value)) throw invalidOption(name, value, "an object");
    const copy = { ...value };
    if (Object.keys(copy).length > 0 || isPlain(value)) return copy;
    throw invalidOption(name, value, "an object with properties of its own");
  });
}

/** Whether it is an object like `{}`, of this realm or of another one. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The number of a layer and of a neuron in it. */
export function place(layer: unknown, neuron: unknown): { layer: number; neuron: number } {
  if (typeof layer !== "number") throw invalidOption("layer", layer, "a whole number");
  if (typeof neuron !== "number") throw invalidOption("neuron", neuron, "a whole number");
  return { layer, neuron };
}

/** Refuses what is no name. */
export function checkName(name: unknown): void {
  if (name === undefined || (typeof name === "string" && name !== "" && !isBroken(name))) return;
  throw invalidOption("name", name, "a string of whole characters that is not empty");
}

/** The format of a file to be written. */
export function fileFormat<Format extends string>(format: Format): Format {
  if (typeof format === "string") return format;
  throw invalidOption("format", format, '"safetensors" or "nir"');
}

/** Reads what may run code of the caller; what that throws is told as the cause. */
export function read<T>(name: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof QuarticError) throw error;
    throw new QuarticError("invalid-option", `\`${name}\` must be something that can be read, but reading it threw`, {
      details: { option: name, received: "an error", allowed: "something that can be read" },
      cause: error,
    });
  }
}

/** Refuses keys that are not known, by name. */
export function knownKeys(value: object, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw unknownKey(key, known);
  }
}

/** Whether it is an object of the platform of that kind, of this realm or of another one. */
export function isKind<Kind>(value: unknown, kind: string): value is Kind {
  return Object.prototype.toString.call(value) === `[object ${kind}]`;
}

/** A signal, where there is one. */
export function abortSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || isKind<AbortSignal>(value, "AbortSignal")) return value;
  throw invalidOption("signal", value, "an AbortSignal");
}

/** A function that is told of progress, where there is one. */
export function progress<T>(value: T | undefined): T | undefined {
  if (value === undefined || typeof value === "function") return value;
  throw invalidOption("onProgress", value, "a function");
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
