// A drawing as text: 16 levels of ink, two pixels a byte, in the alphabet of addresses.

import { PIXELS } from "./data";

const LEVELS = 15;

/** The drawing in the levels that a link can hold, so that a link gives exactly what was on show. */
export const levelled = (values: Float32Array) => values.map((value) => Math.round(value * LEVELS) / LEVELS);

export function encodeDrawing(values: Float32Array): string {
  const level = (index: number) => Math.round((values[index] ?? 0) * LEVELS);
  const bytes = Array.from({ length: Math.ceil(values.length / 2) }, (_, index) =>
    String.fromCharCode(16 * level(2 * index) + level(2 * index + 1)),
  );
  return btoa(bytes.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The drawing that a text holds, or nothing where it holds none of the right size. */
export function decodeDrawing(text: string): Float32Array | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    if (bytes.length !== PIXELS / 2) return undefined;
    const level = (index: number) => (bytes.charCodeAt(index >> 1) >> (index % 2 === 0 ? 4 : 0)) & LEVELS;
    return Float32Array.from({ length: PIXELS }, (_, index) => level(index) / LEVELS);
  } catch {
    return undefined;
  }
}
