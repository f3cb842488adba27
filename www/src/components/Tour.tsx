import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { markPlace } from "../address";
import { go } from "../models";
import { experimentOf, tourSteps } from "../presets";
import { bringIntoView } from "../scroll";
import { tour } from "../store";

/** Goes to a step of the tour, and sets the page as that step wants it. */
export function goTour(step: number): void {
  const scene = tourSteps[step];
  if (!scene) return;
  markPlace();
  void go(experimentOf(scene, step));
}

/** Six steps beside the live page. */
export function Tour() {
  const title = useRef<HTMLHeadingElement>(null);
  useSignalEffect(() => {
    const scene = tourSteps[tour.value ?? -1];
    if (!scene) return;
    requestAnimationFrame(() => {
      title.current?.focus({ preventScroll: true });
      // A neuron comes into view by itself; what is said of all of them is seen in the rasters.
      if (!scene.neuron) bringIntoView(document.querySelector(".layers"));
    });
  });
  const step = tour.value;
  const scene = step === null ? undefined : tourSteps[step];
  if (step === null || !scene) return null;
  const last = step === tourSteps.length - 1;
  return (
    <aside class="tour" data-testid="tour" aria-labelledby="title-tour">
      <div class="tour-text">
        <p class="soft">
          Tour, {step + 1} of {tourSteps.length}
        </p>
        <h2 id="title-tour" ref={title} tabIndex={-1}>
          {scene.title}
        </h2>
        <p>{scene.text}</p>
      </div>
      <p class="tour-buttons">
        <button type="button" disabled={step === 0} onClick={() => goTour(step - 1)}>
          Back
        </button>
        {!last && (
          <button type="button" onClick={() => goTour(step + 1)}>
            Next
          </button>
        )}
        <button
          type="button"
          onClick={() => {
            markPlace();
            tour.value = null;
            // Where the tour was taken from: what had the focus is gone.
            document.querySelector<HTMLElement>("[data-testid=start-tour]")?.focus();
          }}
        >
          {last ? "Done" : "End"}
        </button>
      </p>
    </aside>
  );
}
