import { codeOf, spikesAsCsv, spikesAsJson } from "../files";
import { idOf } from "../model";
import { paletteOf } from "../plots/palette";
import { figureTones, rastersAsSvg } from "../raster-figure";
import type { Run } from "../run";
import { savePicture, saveText } from "../save";
import { report } from "../session";
import { input, model, run, settings, shown } from "../store";

/** The rasters as a picture. */
function saveRasters(current: Run, form: "svg" | "png"): void {
  const svg = rastersAsSvg(current, shown.peek(), paletteOf(document.body, figureTones));
  savePicture("spikes", svg, form).catch(report);
}

/** Spikes, pictures and code of the run on show. */
export function Files() {
  const current = run.value;
  const network = model.value;
  // What was chosen since may be on its way, or refused.
  const made = current && network && current.settings.model === idOf(network) ? current : null;
  const shownTo = made?.input ?? input.value;
  const code = network && shownTo && codeOf(network, shownTo, made?.settings ?? settings.value, location.href);
  const files: readonly [id: string, title: string, save: (run: Run) => void][] = [
    ["spikes-csv", "Spikes as CSV", (run) => saveText("spikes.csv", "text/csv", spikesAsCsv(run, shown.peek()))],
    [
      "spikes-json",
      "Spikes as JSON",
      (run) => saveText("spikes.json", "application/json", spikesAsJson(run, shown.peek())),
    ],
    ["rasters-svg", "Rasters as SVG", (run) => saveRasters(run, "svg")],
    ["rasters-png", "Rasters as PNG", (run) => saveRasters(run, "png")],
  ];
  return (
    <>
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
        <p class="hint">Code is available only without files of your own: they are not on the page’s server.</p>
      )}
    </>
  );
}
