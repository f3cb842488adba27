// The way through the tour, and back to what was there before it.

import { experiment, markPlace } from "./address";
import { type Experiment, runLink } from "./link";
import { go, type Kept } from "./models";
import { experimentOf, tourSteps } from "./presets";
import { head, images, input, playing, run, tour } from "./store";

/** What was on show when the tour began, with what no link can name of it; nothing where the page was opened in it. */
let before: { shown: Experiment; kept: Kept | undefined } | undefined;

/** Goes to a step of the tour, and sets the page as that step wants it. */
export function goTour(step: number): void {
  const scene = tourSteps[step];
  if (!scene) return;
  if (tour.peek() === null) before = { shown: onShow(), kept: keep() };
  markPlace();
  void go(experimentOf(scene, step));
}

/** Ends the tour where it began; whoever has changed something meanwhile keeps that. */
export function endTour(): void {
  const scene = tourSteps[tour.peek() ?? -1];
  if (!scene) return;
  const last = isChanged(experimentOf(scene)) ? undefined : before;
  before = undefined;
  markPlace();
  if (!last) tour.value = null;
  else void go(last.shown, last.kept && { back: last.kept });
}

function isChanged(scene: Experiment): boolean {
  const now = experiment();
  return (
    runLink(now) !== runLink(scene) || now.settings.model !== scene.settings.model || input.peek()?.kind !== "sample"
  );
}

/** Also where it is at its end, which links do not say. */
const onShow = (): Experiment => ({
  ...experiment(),
  at: run.peek() && !playing.peek() ? Math.floor(head.peek()) : undefined,
});

function keep(): Kept | undefined {
  const chosen = input.peek();
  if (!chosen || "label" in chosen) return undefined;
  // The drawing area will have something else by then.
  const own = chosen.kind === "drawing" ? { kind: chosen.kind, values: chosen.values } : chosen;
  return { input: own, images: images.peek() };
}
