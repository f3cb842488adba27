import { useSignal } from "@preact/signals";
import { flush, markPlace } from "../address";
import { goTour } from "../guide";
import { go } from "../models";
import { experimentOf, presets } from "../presets";

/** The way into the tour, and the link to what is on show. */
export function Actions() {
  const copied = useSignal<string | null>(null);
  const copy = async () => {
    flush();
    try {
      await navigator.clipboard.writeText(location.href);
      copied.value = "Link copied.";
    } catch {
      copied.value = "The link is in the address bar; this browser does not let it be copied.";
    }
  };
  return (
    <p class="actions">
      <button type="button" class="primary" data-testid="start-tour" onClick={() => goTour(0)}>
        Take the tour
      </button>
      <button type="button" data-testid="copy-link" onClick={() => void copy()}>
        Copy link
      </button>
      <span role="status" class="soft">
        {copied.value}
      </span>
    </p>
  );
}

/** Experiments with a sentence each, on what is on show where that fits: it need not be drawn again. */
export function Presets() {
  return (
    <ul class="presets" aria-label="Experiments worth a look">
      {presets.map((preset) => (
        <li key={preset.title}>
          <button
            type="button"
            onClick={() => {
              markPlace();
              void go(experimentOf(preset), { stay: true });
            }}
          >
            {preset.title}
          </button>
          <p class="hint">{preset.text}</p>
        </li>
      ))}
    </ul>
  );
}
