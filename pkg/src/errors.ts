/** The stable codes of {@link QuarticError}. */
export type QuarticErrorCode =
  /** An option or argument is unknown or has a value that is not allowed. */
  | "invalid-option"
  /** Data has the wrong length or shape. */
  | "shape-mismatch"
  /** Data contains a value outside its range. */
  | "invalid-input"
  /** The network has a layer that cannot be converted. */
  | "unsupported-layer"
  /** A model file cannot be read. */
  | "invalid-model"
  /** A threshold cannot be chosen, or the conversion would not have preserved the network's function. */
  | "conversion-failed"
  /** The call would exceed a memory limit; found before anything is allocated, with the estimate in `details`. */
  | "too-large"
  /** The module was built without the feature that this needs, as the lean module is; `quartic_snn_bg.wasm` has all. */
  | "left-out"
  /** The platform provided no random seed. */
  | "no-seed"
  /** The handle was closed. */
  | "closed"
  /** The signal was aborted; `cause` is its reason and `name` is `AbortError`. */
  | "aborted"
  /** The WebAssembly module could not be fetched or compiled. */
  | "load-failed"
  /** The platform has no WebAssembly with SIMD. */
  | "unsupported-runtime"
  /** The memory of the module was full, 4 GiB or what the platform gives. The instance can no longer be used. */
  | "out-of-memory"
  /** A fault in this package; please report it. The instance of the module can no longer be used. */
  | "internal"
  /** The instance of the module had a fault earlier, or its worker ended; `load()` gives a fresh one. */
  | "crashed";

/** Thrown on every failure in this package. */
export class QuarticError extends Error {
  override readonly name: string;
  /** The kind of failure. */
  readonly code: QuarticErrorCode;
  /** Details by name, such as the value that was received and what is allowed. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: QuarticErrorCode,
    message: string,
    options: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options);
    this.name = code === "aborted" ? "AbortError" : "QuarticError";
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }
}

/** The core throws `{ code, message, details }`; anything else is a fault. */
export function fromWasm(error: unknown): QuarticError {
  if (error instanceof QuarticError) return error;
  const thrown = error as { code?: QuarticErrorCode; message?: string; details?: Record<string, unknown> } | null;
  if (typeof thrown?.code === "string" && !(error instanceof Error)) {
    return new QuarticError(thrown.code, thrown.message ?? thrown.code, { details: thrown.details ?? {} });
  }
  const message = `the simulator failed (${String(error)}); please report it. load() gives a fresh instance`;
  return new QuarticError("internal", message, { cause: error });
}

/** A fault that a full memory explains: the module can then do nothing but trap. */
export function outOfMemory(bytes: number, cause: unknown): QuarticError {
  const message = `the memory of the simulator is full (${Math.round(bytes / 1e6)} MB); load() gives a fresh instance. Close networks that are no longer used, or take smaller ones`;
  return new QuarticError("out-of-memory", message, { details: { bytes }, cause });
}

/** Whether an error of this kind leaves an instance that can no longer be used. */
export const isFault = (code: QuarticErrorCode): boolean => code === "internal" || code === "out-of-memory";

/** A handle that is used after it was closed. */
export function closed(what: string): QuarticError {
  return new QuarticError("closed", `this ${what} was closed; make a new one`, { details: { what } });
}

/** An instance that is used after a fault. */
export function crashed(reason: string): QuarticError {
  const message = `the simulator can no longer be used (${reason}); load() gives a fresh one, without the networks`;
  return new QuarticError("crashed", message, { details: { reason } });
}

/** An option that is not what it must be. */
export function invalidOption(option: string, received: unknown, allowed: string): QuarticError {
  const shown = show(received);
  return new QuarticError("invalid-option", `\`${option}\` must be ${allowed}, got ${shown}`, {
    details: { option, received: shown, allowed },
  });
}

/** A key that no option has. */
export function unknownKey(option: string, known: readonly string[]): QuarticError {
  const [received, allowed] = ["an unknown key", `one of: ${known.join(", ")}`];
  return new QuarticError("invalid-option", `\`${option}\` must be ${allowed}, got ${received}`, {
    details: { option, received, allowed },
  });
}

/** The beginning of a text, which ends with a whole character. */
export function beginning(text: string, most: number): string {
  return text.slice(0, most).replace(/[\ud800-\udbff]$/, "");
}

/** A text for a message: names in files can be of any length. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${beginning(text, most)}...` : text;
}

/** Whether a text has half a character, which no file and no other text of the module can hold. */
export const isBroken = (text: string): boolean => /\p{Surrogate}/u.test(text);

/** How a value looks in a message. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shortened(value, 80));
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return String(value);
  try {
    if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
    if (/ (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value))) {
      return `an ArrayBuffer of ${(value as ArrayBuffer).byteLength} bytes`;
    }
    return Array.isArray(value) ? `an array of ${value.length}` : "an object";
  } catch {
    return "an object"; // One that throws where it is looked at.
  }
}

/** Throws where the signal was aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new QuarticError("aborted", "the work was aborted by its signal", { cause: signal.reason });
  }
}
