import { codeOf, spikesAsCsv, spikesAsJson } from "../files";
import { input, model, run, settings, shown } from "../store";

function save(name: string, type: string, content: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}

/** What is on the screen, to take away. */
export function TakeAway() {
  const current = run.value;
  if (!current || !input.value || !model.value) return null;
  const code = codeOf(model.value, input.value, settings.value, location.href);
  return (
    <details class="take-away" data-testid="take-away">
      <summary>Take it away: spikes, and the code that repeats them</summary>
      <p class="actions">
        <button
          type="button"
          data-testid="spikes-csv"
          onClick={() => save("spikes.csv", "text/csv", spikesAsCsv(current, shown.peek()))}
        >
          Spikes as CSV
        </button>
        <button
          type="button"
          data-testid="spikes-json"
          onClick={() => save("spikes.json", "application/json", spikesAsJson(current, shown.peek(), settings.peek()))}
        >
          Spikes as JSON
        </button>
      </p>
      {code ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <pre data-testid="code" tabIndex={0}>
          {code}
        </pre>
      ) : (
        <p class="hint">Code is offered for the page’s own networks; files of yours are not on its server.</p>
      )}
    </details>
  );
}
