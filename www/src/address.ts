// The address of the page follows what is on show, and what is on show follows the address.

import { effect } from "@preact/signals";
import { PIXELS } from "./data";
import { type Kept, kept, keyOfKept } from "./kept";
import { type Experiment, readLink, writeLink } from "./link";
import { OWN } from "./model";
import { head, inked, input, layer, layers, phase, pinned, playing, plot, run, settings, tour } from "./store";

/** A slider that moves gives many addresses; the one it rests on is kept, in milliseconds. */
const SETTLE = 120;

/** An address that the browser did not take is offered again after this, in milliseconds. */
const RETRY = 1000;

/** Whether what comes next is a place of its own to go back to. */
let isPlace = false;
let settling: ReturnType<typeof setTimeout> | undefined;
let written = 0;

/** Makes what is changed next a place that the browser's back button returns to. */
export function markPlace(): void {
  // What was done just before belongs to the place before.
  flush();
  isPlace = true;
}

/** What is on show. Drawings are part of it where a link can hold them; files of the visitor's never are. */
export function experiment(): Experiment {
  const ended = run.value === null || playing.value || head.value >= run.value.steps;
  return {
    settings: settings.value,
    input: keyOf(input.value),
    at: ended ? undefined : Math.floor(head.value),
    neuron: pinned.value ?? undefined,
    tour: tour.value ?? undefined,
    plot: plot.value ?? undefined,
    layer: Math.min(layer.value, layers.peek().length - 1),
  };
}

function keyOf(chosen: typeof input.value): Experiment["input"] {
  if (!chosen) return null;
  if (chosen.kind === "drawing" && chosen.values.length === PIXELS) return { kind: "drawing", values: chosen.values };
  if (chosen.kind === "sample" || chosen.kind === "test") return { kind: chosen.kind, index: chosen.index };
  return undefined;
}

/** What an entry of the browser's history keeps beside its link: what no link can say. */
interface Entry {
  /** The network is the visitor's. */
  own?: boolean;
  /** The input was cleared. */
  empty?: boolean;
  /** Where what both networks look at is kept: images and values of the visitor's, and chance. */
  kept?: string | undefined;
}

const visitedEntry = () => (history.state ?? {}) as Entry;

/** What the entry that the browser has gone to was made with. */
function visited(): Experiment {
  const { settings, ...link } = readLink(location.hash);
  const { own, empty } = visitedEntry();
  return { ...link, settings: own ? { ...settings, model: OWN } : settings, input: empty ? null : link.input };
}

/** Brings the address up to date at once. */
export function flush(): void {
  // What is being drawn is written when it is read: until then the place before it stays as it is.
  if (settling === undefined || (!input.peek() && inked.peek())) return;
  clearTimeout(settling);
  settling = undefined;
  const link = writeLink(experiment());
  const address = location.pathname + location.search + (link ? `#${link}` : "");
  const chosen = input.peek();
  const entry: Entry = {
    own: settings.peek().model === OWN,
    empty: !chosen,
    kept: chosen && !keyOf(chosen) ? keyOfKept(chosen) : undefined,
  };
  const { own = false, empty = false, kept } = visitedEntry();
  if (link !== location.hash.slice(1) || entry.own !== own || entry.empty !== empty || entry.kept !== kept) {
    try {
      if (isPlace) history.pushState(entry, "", address);
      else history.replaceState(entry, "", address);
    } catch {
      // Safari takes 100 addresses in half a minute.
      settling = setTimeout(flush, RETRY);
      return;
    }
    written = performance.now();
  }
  isPlace = false;
}

/** Keeps the address a link to what is on show, and calls `follow` where the visitor goes to another. */
export function watchAddress(follow: (next: Experiment, back: Kept | undefined) => void): void {
  effect(() => {
    experiment();
    inked.value;
    if (phase.value !== "ready") return;
    clearTimeout(settling);
    // A place is written at once: the next thing may be to go back from it.
    settling = setTimeout(flush, !isPlace && performance.now() - written < SETTLE ? SETTLE : 0);
  });
  addEventListener("popstate", () => {
    // What has not been written belongs to the address that was left.
    clearTimeout(settling);
    settling = undefined;
    isPlace = false;
    follow(visited(), kept(visitedEntry().kept));
  });
}
