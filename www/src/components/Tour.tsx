import { computed, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { digitOf, endTour, figureOnShow, goTour, isChanged } from "../guide";
import { sameNeuron } from "../neurons";
import { tourSteps } from "../presets";
import { bringIntoView } from "../scroll";
import { pinned, tour } from "../store";
import { tourTexts } from "../tour-texts";

/** Why what a step says is not true of what is on show. */
const strayed = computed(() => {
  const step = tour.value;
  const scene = tourSteps[step ?? -1];
  if (step === null || !scene) return "";
  if (isChanged(step)) return `You have changed the page; this is about digit ${digitOf(step)}.`;
  if (!scene.neuron || sameNeuron(scene.neuron, pinned.value)) return "";
  return `This is about ${pinned.value ? "another neuron" : "a neuron that is not on show"}.`;
});

/** Six steps beside the live page. */
export function Tour() {
  const title = useRef<HTMLHeadingElement>(null);
  const card = useRef<HTMLElement>(null);
  const begin = () =>
    requestAnimationFrame(() => {
      title.current?.focus({ preventScroll: true });
      // A neuron comes into view by itself; what is said of all of them is seen in the rasters.
      if (!tourSteps[tour.peek() ?? -1]?.neuron) bringIntoView(document.querySelector(".layers"), "start");
    });
  useSignalEffect(() => {
    if (tour.value !== null) begin();
  });
  const step = tour.value;
  useLayoutEffect(() => {
    // What gets the focus, and what a step shows, comes to lie above the card.
    document.documentElement.style.setProperty("--tour-card", `${card.current?.offsetHeight ?? 0}px`);
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // In the rasters that key lets a neuron go.
      const inRaster = event.target instanceof Element && event.target.closest(".layers");
      if (event.key === "Escape" && !inRaster) leave();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const texts = tourTexts[step ?? -1];
  if (step === null || !texts) return null;
  const last = step === tourTexts.length - 1;
  const again = () => {
    goTour(step);
    begin();
    bringIntoView(figureOnShow(), "end");
  };
  return (
    <aside
      ref={card}
      class={tourSteps[step]?.neuron ? "tour" : "tour roomy"}
      data-testid="tour"
      aria-labelledby="title-tour"
    >
      {/* Another step begins at its top. */}
      <div key={step} class="tour-text">
        <p class="soft">
          Tour, {step + 1} of {tourTexts.length}
        </p>
        <h2 id="title-tour" ref={title} tabIndex={-1}>
          {texts.title}
        </h2>
        {strayed.value && (
          <p class="strayed">
            {strayed.value}{" "}
            <button type="button" onClick={again}>
              Show this step again
            </button>
          </p>
        )}
        {texts.text.split("\n").map((paragraph) => (
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
