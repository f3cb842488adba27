import { savePicture, saveText } from "../save";
import { report } from "../session";
import type { Chart } from "./chart";
import { chartAsCsv } from "./csv";
import { paletteOf } from "./palette";
import { chartAsSvg, tonesOf } from "./svg";

/** The plot as a file, in the colours of the page. */
export function SavePlot({ chart }: { chart: Chart }) {
  const picture = (form: "svg" | "png") => {
    const svg = chartAsSvg(chart, paletteOf(document.body, tonesOf(chart)));
    savePicture(chart.id, svg, form).catch(report);
  };
  return (
    <span class="save-plot">
      <button type="button" aria-label={`${chart.title}, as SVG`} onClick={() => picture("svg")}>
        SVG
      </button>
      <button type="button" aria-label={`${chart.title}, as PNG`} onClick={() => picture("png")}>
        PNG
      </button>
      <button
        type="button"
        aria-label={`${chart.title}, values as CSV`}
        onClick={() => saveText(`${chart.id}.csv`, "text/csv", chartAsCsv(chart))}
      >
        CSV
      </button>
    </span>
  );
}
