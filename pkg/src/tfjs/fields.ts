import { QuarticError, shortened, show } from "../errors.js";

/** What JSON calls an object. */
export type Json = Readonly<Record<string, unknown>>;

/** `[y, x]`. */
export type Two = readonly [number, number];

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole number from 1 on. */
export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** A model that is broken. */
export function invalidModel(why: string, cause?: unknown): QuarticError {
  const reason = shortened(why, 600);
  const message = `this is not a model that can be read: ${reason}`;
  return new QuarticError("invalid-model", message, { details: { reason }, ...(cause !== undefined && { cause }) });
}

/** The configuration of a layer, read field by field. A file may hold anything. */
export class Fields {
  readonly #layer: string;
  readonly #values: Json;

  constructor(layer: string, values: Json) {
    this.#layer = layer;
    this.#values = values;
  }

  get(key: string): unknown {
    return this.#values[key];
  }

  has(key: string): boolean {
    return this.#values[key] !== undefined && this.#values[key] !== null;
  }

  wrong(key: string, allowed: string): QuarticError {
    return invalidModel(`\`${key}\` of layer \`${this.#layer}\` must be ${allowed}, got ${show(this.get(key))}`);
  }

  number(key: string, fallback: number): number {
    const value = this.has(key) ? this.get(key) : fallback;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw this.wrong(key, "a number");
  }

  size(key: string, fallback?: number): number {
    const value = this.has(key) ? this.get(key) : fallback;
    if (isSize(value)) return value;
    throw this.wrong(key, "a whole number from 1");
  }

  /** A number for both axes, or two. */
  pair(key: string, fallback?: Two): Two {
    const value = this.has(key) ? this.get(key) : fallback;
    const [y, x] = Array.isArray(value) && value.length === 2 ? value : [value, value];
    if (isSize(y) && isSize(x)) return [y, x];
    throw this.wrong(key, "a whole number from 1, or two");
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.has(key) ? this.get(key) : fallback;
    if (typeof value === "boolean") return value;
    throw this.wrong(key, "true or false");
  }

  oneOf<T extends string>(key: string, allowed: readonly T[], fallback: T): T {
    const value = this.has(key) ? this.get(key) : fallback;
    const found = allowed.find((name) => name === value);
    if (found !== undefined) return found;
    throw this.wrong(key, `one of ${allowed.join(", ")}`);
  }
}
