import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { experiment, flush, markPlace } from "../address";
import { goTour } from "../guide";
import { runLink, writeLink } from "../link";
import { OWN } from "../model";
import { go } from "../models";
import { defaults, type Settings } from "../parameters";
import { experimentOf, presets } from "../presets";
import { bringIntoView } from "../scroll";
import { input, model, settings } from "../store";

/** What is on show and no link can name, in words. */
function lacking(): string {
  const kind = input.value?.kind;
  const brought = model.value?.form.kind === "values" ? "values" : "image";
  const yours = [...(settings.value.model === OWN ? ["model"] : []), ...(kind === "image" ? [brought] : [])];
  if (yours[0]) return `, without your ${yours.join(" and ")}: it opens with one of the page’s own`;
  return kind ? "" : ", without the empty pad: it opens with a sample";
}

/** The link to what is on show, and what it lacks. */
const linkOf = () => writeLink(experiment()) + lacking();

/** The way into the tour, and the link to what is on show. */
export function Actions() {
  const copied = useSignal<{ text: string; link: string } | null>(null);
  // What was copied is not what is on show any more.
  useSignalEffect(() => {
    if (copied.value && linkOf() !== copied.value.link) copied.value = null;
  });
  useEffect(() => {
    // What it lies over may be wanted next.
    const clear = () => (copied.value = null);
    addEventListener("pointerdown", clear);
    return () => removeEventListener("pointerdown", clear);
  }, [copied]);
  const copy = async () => {
    flush();
    const link = linkOf();
    let text = `Link copied${lacking()}.`;
    try {
      await navigator.clipboard.writeText(location.href);
    } catch {
      text = "This browser blocks copying; the link is in the address bar.";
    }
    copied.value = { text, link };
  };
  return (
    <p class="actions">
      <button type="button" class="primary" data-testid="start-tour" onClick={() => goTour(0)}>
        Take the tour
      </button>
      <button type="button" data-testid="copy-link" onClick={() => void copy()}>
        Copy link
      </button>
      <span role="status">{copied.value?.text}</span>
    </p>
  );
}

const isActive = (asked: Partial<Settings> = {}) =>
  runLink({ settings: settings.value, input: undefined }) ===
    runLink({ settings: { ...defaults, ...asked }, input: undefined }) && settings.value.model !== OWN;

/** Experiments with a sentence each, on what is on show where that fits: it need not be drawn again. */
export function Presets() {
  return (
    <>
      <p id="presets-hint" class="hint presets-hint">
        Each of these sets the network and all that can be changed below; the browser’s back button brings yours back.
      </p>
      <ul class="presets" aria-label="Experiments to try" aria-describedby="presets-hint">
        {presets.map((preset) => (
          <li key={preset.title}>
            <button
              type="button"
              aria-current={isActive(preset.settings)}
              onClick={() => {
                markPlace();
                void go(experimentOf(preset), { stay: true });
                // On phones nothing that changes would be in view.
                bringIntoView(document.querySelector(".ratios"));
              }}
            >
              {preset.title}
            </button>
            <p class="hint">{preset.text}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
