import { crashed, fromWasm, outOfMemory } from "./errors.js";
import type { Glue } from "./wasm/quartic_snn.js";

/** Something that the module keeps for JavaScript. */
export interface Raw {
  free(): void;
}

/** What an allocation that failed may have asked for, in pages of 64 KiB: one GiB, more than any network has. */
const LARGEST = 16384;

/** One instance of the module. After a fault its memory is in an unknown state, and it is not touched again. */
export class Instance {
  readonly #glue: Glue;
  #dead = false;

  constructor(glue: Glue) {
    this.#glue = glue;
  }

  /** Whether it has had a fault. */
  get dead(): boolean {
    return this.#dead;
  }

  /**
   * Calls into the module and turns what it throws into a {@link QuarticError}. What is none of the module's own errors
   * is a fault, not a trap alone: an error of JavaScript may have come through functions of the module, which then had no
   * chance to leave their memory in order.
   */
  call<T>(call: (glue: Glue) => T): T {
    if (this.#dead) throw crashed("it had a fault before");
    try {
      return call(this.#glue);
    } catch (error) {
      const known = fromWasm(error);
      if (known.code !== "internal") throw known;
      this.#dead = true;
      throw this.#isFull() ? outOfMemory(this.#glue.memory.buffer.byteLength, error) : known;
    }
  }

  /** Whether there was no room for a large allocation. In a dead instance it does no harm to try. */
  #isFull(): boolean {
    try {
      this.#glue.memory.grow(LARGEST);
      return false;
    } catch {
      return true;
    }
  }

  /** Gives the memory of something back. */
  free(raw: Raw): void {
    // The binding frees what is forgotten, too; in a dead instance nothing may do so.
    if (this.#dead) (raw as unknown as { __destroy_into_raw(): void }).__destroy_into_raw();
    else this.call(() => raw.free());
  }
}
