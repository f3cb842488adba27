import { className } from "../model";
import { decisionOf, finished, label, model, now, playing, shown } from "../store";

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
  return `After ${shown.value} steps plain reads ${verdict(decisionOf(plain))}, L4-adjusted reads ${verdict(decisionOf(l4))}.`;
}

function verdict(prediction: number | undefined): string {
  if (prediction === undefined) return "nothing yet";
  const name = className(model.value, prediction);
  if (label.value === undefined) return name;
  return `${name}, ${prediction === label.value ? "right" : "wrong"}`;
}
