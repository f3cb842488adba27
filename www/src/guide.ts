// The way through the tour, and back to what was there before it.

import { experiment, markPlace } from "./address";
import { CLASSES } from "./data";
import { type Kept, keep } from "./kept";
import { defaultSample, type Experiment, runLink } from "./link";
import { go } from "./models";
import { experimentOf, tourSteps } from "./presets";
import { head, input, playing, run, settings, tour } from "./store";

/** What was on show when the tour began, with what no link can name of it; nothing where the page was opened in it. */
let before: { shown: Experiment; kept: Kept | undefined } | undefined;

/** Goes to a step of the tour, and sets the page as that step wants it. */
export function goTour(step: number): void {
  const scene = tourSteps[step];
  if (!scene) return;
  if (tour.peek() === null) before = { shown: onShow(), kept: keep(input.peek()) };
  markPlace();
  void go(experimentOf(scene, step));
}

/** Ends the tour where it began; whoever has changed something meanwhile keeps that. */
export function endTour(): void {
  const step = tour.peek();
  if (step === null) return;
  const last = isChanged(step) ? undefined : before;
  before = undefined;
  markPlace();
  if (!last) tour.value = null;
  else void go(last.shown, last.kept && { back: last.kept });
}

/** The digit that a step is about. */
export const digitOf = (step: number) => (tourSteps[step]?.sample ?? defaultSample) % CLASSES;

/** Whether another run is on show, or asked for, than that of a step. */
export function isChanged(step: number): boolean {
  const scene = experimentOf(tourSteps[step] ?? {});
  const [now, chosen] = [settings.value, input.value];
  return (
    chosen?.kind !== "sample" ||
    runLink({ settings: now, input: chosen }) !== runLink(scene) ||
    now.model !== scene.settings.model
  );
}

/** The plots that the step of the tour is about; those of both networks end with L4's. */
export function figureOnShow(): Element | null {
  const figure = tourSteps[tour.peek() ?? -1]?.figure;
  if (figure === "input") return document.querySelector(".network.l4 .layer");
  return document.querySelector(`.neuron [data-testid=plot-${figure}-l4]`);
}

/** Also where it is at its end, which links do not say. */
const onShow = (): Experiment => ({
  ...experiment(),
  at: run.peek() && !playing.peek() ? Math.floor(head.peek()) : undefined,
});
