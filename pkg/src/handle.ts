/// <reference lib="esnext.disposable" preserve="true" />

import { closed, crashed } from "./errors.js";
import type { Instance, Raw } from "./instance.js";

/** The symbol of `using`; the one that compilers look for where the platform does not know it yet. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);

/** Frees a raw handle that was forgotten. */
const forgotten = whenForgotten<{ instance: Instance; raw: Raw }>(({ instance, raw }) => {
  try {
    instance.free(raw);
  } catch {
    // A fault: the instance is dead, and whoever uses it next is told.
  }
});

/** Calls `free` with what was registered for an object that nobody can reach any more, where the platform tells. */
export function whenForgotten<Held>(
  free: (held: Held) => void,
): Pick<FinalizationRegistry<Held>, "register" | "unregister"> {
  if (typeof FinalizationRegistry === "function") return new FinalizationRegistry(free);
  return { register: () => {}, unregister: () => false };
}

/** A handle that holds memory of the WebAssembly module until it is closed. */
export abstract class Handle<Held extends Raw> {
  readonly #instance: Instance;
  #raw: Held | undefined;
  readonly #what: string;

  /** @internal */
  constructor(what: string, instance: Instance, raw: Held) {
    this.#what = what;
    this.#instance = instance;
    this.#raw = raw;
    forgotten.register(this, { instance, raw }, this);
  }

  /** @internal Whether it is one itself, not a proxy of one or made from one, which has no memory of the module. */
  static isOne(value: object): boolean {
    return #raw in value;
  }

  /** A kind of its own, which frameworks (Vue) do not wrap in proxies: those have no memory of the module. */
  get [Symbol.toStringTag](): string {
    return "Handle";
  }

  /** @internal */
  get raw(): Held {
    if (this.#raw) return this.#raw;
    throw closed(this.#what);
  }

  /** @internal The raw handle for a call into `instance`, which knows none of another one. */
  rawIn(instance: Instance): Held {
    const raw = this.raw;
    if (this.#instance === instance) return raw;
    throw crashed(`this ${this.#what} belongs to an instance that had a fault`);
  }

  /** @internal Calls the module with the raw handle. */
  use<T>(call: (raw: Held) => T): T {
    const raw = this.raw;
    return this.#instance.call(() => call(raw));
  }

  /** Frees the memory. May be called again; any other use afterwards is an error with the code `closed`. */
  close(): void {
    const raw = this.#raw;
    this.#raw = undefined;
    if (!raw) return;
    forgotten.unregister(this);
    this.#instance.free(raw);
  }

  /** The same as {@link close}, for `using`. */
  [dispose](): void {
    this.close();
  }
}
