import { codeOf, spikesAsCsv, spikesAsJson } from "../files";
import { paletteOf } from "../plots/palette";
import type { Run } from "../run";
import { savePicture, saveText } from "../save";
import { input, model, run, settings, shown } from "../store";

/** The rasters as a picture; what draws it is fetched when it is asked for. */
async function saveRasters(current: Run, steps: number, form: "svg" | "png"): Promise<void> {
  const { figureTones, rastersAsSvg } = await import("../raster-figure");
  await savePicture("spikes", rastersAsSvg(current, steps, paletteOf(document.body, figureTones)), form);
}

/** What is on the screen, to take away. */
export function TakeAway() {
  const current = run.value;
  const code = model.value && input.value && codeOf(model.value, input.value, settings.value, location.href);
  const files: readonly [id: string, title: string, save: (run: Run) => void][] = [
    ["spikes-csv", "Spikes as CSV", (run) => saveText("spikes.csv", "text/csv", spikesAsCsv(run, shown.peek()))],
    [
      "spikes-json",
      "Spikes as JSON",
      (run) => saveText("spikes.json", "application/json", spikesAsJson(run, shown.peek())),
    ],
    ["rasters-svg", "Rasters as SVG", (run) => void saveRasters(run, shown.peek(), "svg")],
    ["rasters-png", "Rasters as PNG", (run) => void saveRasters(run, shown.peek(), "png")],
  ];
  return (
    <details class="take-away" data-testid="take-away">
      <summary>Take it away: spikes, pictures, and the code that repeats them</summary>
      <p class="actions">
        {files.map(([id, title, save]) => (
          <button key={id} type="button" data-testid={id} disabled={!current} onClick={() => current && save(current)}>
            {title}
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
