import { QuarticError } from "./errors.js";

/** Frees a raw handle that was forgotten. */
const forgotten = new FinalizationRegistry<{ free(): void }>((raw) => raw.free());

// TypeScript lowers `using`; where the platform does not know the symbol yet, this is the one that it looks for.
(Symbol as { dispose?: symbol }).dispose ??= Symbol.for("Symbol.dispose");

/** Something that holds memory of the WebAssembly module until it is closed. */
export abstract class Handle<Raw extends { free(): void }> {
  #raw: Raw | undefined;
  readonly #what: string;

  /** @internal */
  constructor(what: string, raw: Raw) {
    this.#what = what;
    this.#raw = raw;
    forgotten.register(this, raw, this);
  }

  /** @internal */
  get raw(): Raw {
    if (this.#raw) return this.#raw;
    throw new QuarticError("closed", `this ${this.#what} was closed; make a new one`, {
      details: { what: this.#what },
    });
  }

  /** Gives the memory back. May be called again; any other use is an error with the code `closed`. */
  close(): void {
    const raw = this.#raw;
    this.#raw = undefined;
    if (!raw) return;
    forgotten.unregister(this);
    raw.free();
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
