// What both networks looked at where no link can name it. It is remembered while the page is open.

import { type Input, images, inverted } from "./store";

/** An input, with the images that it may be one of. */
export interface Kept {
  input: Input;
  images: typeof images.value;
  /** Whether those are inverted. */
  inverted: boolean;
}

/** Entries of the history outlive the page that made them: those of another one name nothing here. */
const own = String(performance.timeOrigin);
const all: Kept[] = [];

/** What is on show, to be shown again; `undefined` where a link or a sample is enough. */
export function keep(input: Input | null): Kept | undefined {
  if (!input || "label" in input) return undefined;
  // The drawing area will have something else by then.
  const chosen = input.kind === "drawing" ? { kind: input.kind, values: input.values } : input;
  return { input: chosen, images: images.peek(), inverted: inverted.peek() };
}

/** The key under which an input is kept. */
export function keyOfKept(input: Input): string | undefined {
  const made = keep(input);
  if (!made) return undefined;
  const known = all.findIndex((one) => one.input.values === input.values);
  return `${own} ${known < 0 ? all.push(made) - 1 : known}`;
}

/** What is kept under a key. */
export function kept(key: string | undefined): Kept | undefined {
  const [of, place] = key?.split(" ") ?? [];
  return of === own ? all[Number(place)] : undefined;
}
