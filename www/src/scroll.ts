import { prefersStillness } from "./player";

/** Scrolls as far as it takes to see something, and no faster than the visitor likes. */
export const bringIntoView = (element: Element | null | undefined) =>
  element?.scrollIntoView({ block: "nearest", behavior: prefersStillness() ? "instant" : "smooth" });
