/** The stable codes of {@link QuarticError}. */
export type QuarticErrorCode =
  /** An option or argument has a value that is not allowed, or is not known. */
  | "invalid-option"
  /** Data is not of the length or shape that it must have. */
  | "shape-mismatch"
  /** Data has a value outside its range. */
  | "invalid-input"
  /** The network has a layer that cannot be converted. */
  | "unsupported-layer"
  /** A model file cannot be read. */
  | "invalid-model"
  /** A threshold cannot be chosen, or the conversion would not have kept the network's function. */
  | "conversion-failed"
  /** The platform gave no random seed. */
  | "no-seed"
  /** The handle was closed. */
  | "closed"
  /** The signal was aborted; `cause` is its reason and `name` is `AbortError`. */
  | "aborted"
  /** The WebAssembly module could not be fetched or compiled. */
  | "load-failed"
  /** The platform has no WebAssembly with SIMD. */
  | "unsupported-runtime"
  /** A fault of this package; please report it. */
  | "internal";

/** Every failure of this package. */
export class QuarticError extends Error {
  override readonly name: string;
  /** What kind of failure it is. */
  readonly code: QuarticErrorCode;
  /** The value that was received and what is allowed, by name. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: QuarticErrorCode,
    message: string,
    options: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = code === "aborted" ? "AbortError" : "QuarticError";
    this.code = code;
    this.details = Object.freeze({ ...options.details });
  }
}

/** Calls into WebAssembly and turns what it throws into a {@link QuarticError}. */
export function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fromWasm(error);
  }
}

/** The core throws `{ code, message, details }`; anything else is a fault. */
function fromWasm(error: unknown): QuarticError {
  if (error instanceof QuarticError) return error;
  const thrown = error as { code?: QuarticErrorCode; message?: string; details?: Record<string, unknown> } | null;
  if (typeof thrown?.code === "string" && !(error instanceof Error)) {
    return new QuarticError(thrown.code, thrown.message ?? thrown.code, { details: thrown.details ?? {} });
  }
  const message = `the simulator failed (${String(error)}); please report it. Reload before you go on`;
  return new QuarticError("internal", message, { cause: error });
}

/** An option that is not what it must be. */
export function invalidOption(option: string, received: unknown, allowed: string): QuarticError {
  const shown = show(received);
  return new QuarticError("invalid-option", `\`${option}\` must be ${allowed}, got ${shown}`, {
    details: { option, received: shown, allowed },
  });
}

/** How a value looks in a message. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** Throws where the signal was aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new QuarticError("aborted", "the work was aborted by its signal", { cause: signal.reason });
  }
}
