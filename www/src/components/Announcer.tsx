import { finished, label, now, playing, shown } from "../store";

/** Says the decisions to those who cannot see them, when there is a moment: at the end and at a pause. */
export function Announcer() {
  return (
    <p class="unseen" aria-live="polite" data-testid="announcement">
      {sentence()}
    </p>
  );
}

function sentence(): string {
  if (playing.value && !finished.value) return "";
  const [plain, l4] = now.value?.networks ?? [];
  if (!plain || !l4) return "";
  return `After ${shown.value} steps plain reads ${verdict(plain.prediction)}, L4-adjusted reads ${verdict(l4.prediction)}.`;
}

function verdict(prediction: number): string {
  if (label.value === undefined) return String(prediction);
  return `${prediction}, ${prediction === label.value ? "right" : "wrong"}`;
}
