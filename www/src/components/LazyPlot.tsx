import { later } from "../later";
import type { Chart } from "../plots/chart";

/** A plot, whose code is fetched with the first one. */
export const LazyPlot = later<{ chart: Chart; height: number; bare?: boolean }>(
  async () => (await import("../plots/Plot")).Plot,
  ({ height }) => <div class="plot-place" style={{ height: `${height}px` }} />,
);
