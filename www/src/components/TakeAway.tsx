import { codeOf, spikesAsCsv, spikesAsJson } from "../files";
import type { Run } from "../run";
import { savePicture, saveText } from "../save";
import { input, model, run, settings, shown } from "../store";

/** The rasters as a picture; what draws it is fetched when it is asked for. */
async function saveRasters(current: Run, steps: number, form: "svg" | "png"): Promise<void> {
  const [{ figureTones, rastersAsSvg }, { paletteOf }] = await Promise.all([
    import("../raster-figure"),
    import("../plots/palette"),
  ]);
  await savePicture("spikes", rastersAsSvg(current, steps, paletteOf(document.body, figureTones)), form);
}

/** What is on the screen, to take away. */
export function TakeAway() {
  const current = run.value;
  if (!current || !input.value || !model.value) return null;
  const code = codeOf(model.value, input.value, settings.value, location.href);
  return (
    <details class="take-away" data-testid="take-away">
      <summary>Take it away: spikes, pictures, and the code that repeats them</summary>
      <p class="actions">
        <button
          type="button"
          data-testid="spikes-csv"
          onClick={() => saveText("spikes.csv", "text/csv", spikesAsCsv(current, shown.peek()))}
        >
          Spikes as CSV
        </button>
        <button
          type="button"
          data-testid="spikes-json"
          onClick={() =>
            saveText("spikes.json", "application/json", spikesAsJson(current, shown.peek(), settings.peek()))
          }
        >
          Spikes as JSON
        </button>
        {(["svg", "png"] as const).map((form) => (
          <button
            key={form}
            type="button"
            data-testid={`rasters-${form}`}
            onClick={() => void saveRasters(current, shown.peek(), form)}
          >
            Rasters as {form.toUpperCase()}
          </button>
        ))}
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
