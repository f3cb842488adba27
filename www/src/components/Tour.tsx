import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { endTour, goTour } from "../guide";
import { tourSteps } from "../presets";
import { bringIntoView } from "../scroll";
import { tour } from "../store";

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
  const card = useRef<HTMLElement>(null);
  const step = tour.value;
  useEffect(() => {
    if (step === null) return;
    // What gets the focus comes to lie above the card.
    document.documentElement.style.setProperty("--tour-card", `${card.current?.offsetHeight ?? 0}px`);
    const onKey = (event: KeyboardEvent) => {
      // In the rasters that key lets a neuron go.
      const inRaster = event.target instanceof Element && event.target.closest(".layers");
      if (event.key === "Escape" && !inRaster) leave();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [step]);
  const scene = step === null ? undefined : tourSteps[step];
  if (step === null || !scene) return null;
  const last = step === tourSteps.length - 1;
  return (
    <aside ref={card} class="tour" data-testid="tour" aria-labelledby="title-tour">
      <div class="tour-text">
        <p class="soft">
          Tour, {step + 1} of {tourSteps.length}
        </p>
        <h2 id="title-tour" ref={title} tabIndex={-1}>
          {scene.title}
        </h2>
        {scene.text.split("\n").map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
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
        <button type="button" onClick={leave}>
          {last ? "Done" : "End"}
        </button>
      </p>
    </aside>
  );
}

function leave(): void {
  endTour();
  // Where the tour was taken from: what had the focus is gone.
  document.querySelector<HTMLElement>("[data-testid=start-tour]")?.focus();
}
