// What uPlot is told of a chart.

import type uPlot from "uplot";
import type { Chart, Series } from "./chart";
import { paletteOf } from "./palette";

/** A point that is further from the pointer than this is not read, in pixels. */
const REACH = 30;

/** How much larger than usual text is: on the largest screens and where the visitor wants it. */
export const textScale = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 15;

/** What a plot asks of the component that it belongs to. */
export interface Reader {
  /** The chart on show. */
  chart: () => Chart;
  /** The point that the keyboard has chosen, where it was the last to choose. */
  chosen: () => number | null;
  onPlace: (index: number | null) => void;
}

export function optionsOf(
  uplot: typeof uPlot,
  element: HTMLElement,
  height: number,
  { chart: current, chosen, onPlace }: Reader,
): uPlot.Options {
  const chart = current();
  const palette = paletteOf(element, [...chart.series.map(({ tone }) => tone), "--soft", "--line"]);
  const colour = (tone: string) => palette.get(tone) ?? "gray";
  const soft = colour("--soft");
  const font = `${Math.round(11 * textScale())}px system-ui`;
  const axis = {
    stroke: soft,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font,
    labelFont: font,
  };
  const { ticks } = chart.x;
  const named = ticks && {
    splits: ticks.map(([at]) => at),
    values: ticks.map(([, name]) => name),
  };
  let read: number | null = null;
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: {
      x: !chart.scatter,
      y: false,
      drag: { x: false, y: false },
      points: { size: chart.scatter ? 12 : 6 },
      ...(chart.scatter && {
        dataIdx: (plot: uPlot, series: number) => {
          if (series === 0) read = chosen() ?? nearest(plot, current());
          return read !== null && plot.data[series]?.[read] != null ? read : (null as unknown as number);
        },
      }),
    },
    scales: {
      x: {
        time: false,
        ...(chart.x.range && { range: () => [...(current().x.range ?? [0, 1])] as uPlot.Range.MinMax }),
      },
      y: chart.y.range ? { range: () => [...(current().y.range ?? [0, 1])] as uPlot.Range.MinMax } : {},
    },
    axes: [
      {
        ...axis,
        label: chart.x.label,
        labelSize: 16 * textScale(),
        size: 24 * textScale(),
        // There are no halves of a step.
        ...(chart.x.label === "step" && { incrs: [1, 2, 5, 10, 20, 50, 100, 200] }),
        ...(named && { splits: () => named.splits, values: () => named.values }),
      },
      { ...axis, label: chart.y.label, labelSize: 18 * textScale(), size: 48 * textScale() },
    ],
    series: [{}, ...chart.series.map((series) => seriesOf(uplot, series, colour(series.tone)))],
    bands: (chart.bands ?? []).map(([upper, lower]) => ({
      series: [upper + 1, lower + 1],
      fill: `color-mix(in srgb, ${soft} 16%, transparent)`,
    })),
    hooks: { setCursor: [(plot) => onPlace(chart.scatter ? read : (plot.cursor.idx ?? null))] },
  };
}

function seriesOf(uplot: typeof uPlot, { label, kind, dashed, hollow, large }: Series, colour: string): uPlot.Series {
  const size = (hollow ? 6 : 5) + (large ? 6 : 0);
  const points = { show: kind === "points", size, fill: hollow ? "transparent" : colour, width: large ? 2 : 1 };
  const common = { label, stroke: colour, width: 1.5, points };
  if (kind === "points") return { ...common, paths: () => null };
  if (kind === "line") return { ...common, spanGaps: true, ...(dashed && { dash: [5, 4] }) };
  const bars = uplot.paths.bars?.({ size: [0.9, 100] });
  return { ...common, fill: `color-mix(in srgb, ${colour} 45%, transparent)`, ...(bars && { paths: bars }) };
}

/** The point under the pointer, of all series that are points. */
function nearest(plot: uPlot, { x, series }: Chart): number | null {
  const { left = -1, top = -1 } = plot.cursor;
  if (left < 0 || top < 0) return null;
  let best: number | null = null;
  let distance = REACH ** 2;
  for (const { kind, values } of series) {
    if (kind !== "points") continue;
    for (const [index, value] of values.entries()) {
      if (value === null) continue;
      const away = (plot.valToPos(x.values[index] ?? 0, "x") - left) ** 2 + (plot.valToPos(value, "y") - top) ** 2;
      if (away < distance) [best, distance] = [index, away];
    }
  }
  return best;
}

export const dataOf = ({ x, series }: Chart) =>
  [[...x.values], ...series.map(({ values }) => [...values])] as unknown as uPlot.AlignedData;
