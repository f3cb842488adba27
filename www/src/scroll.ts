import { prefersStillness } from "./player";

/**
 * Scrolls as far as it takes to see something, and no faster than the visitor likes. Where all is in one column, with
 * the card of the tour below it, a place can be asked for.
 */
export function bringIntoView(element: Element | null | undefined, narrow: "start" | "end" | "nearest" = "nearest") {
  if (!element) return;
  // The end of what is higher than the window would leave its beginning out of view.
  const asked = element.getBoundingClientRect().height > innerHeight ? "start" : narrow;
  const block = matchMedia("(max-width: 53.75em)").matches ? asked : "nearest";
  element.scrollIntoView({ block, behavior: prefersStillness() ? "instant" : "smooth" });
}
