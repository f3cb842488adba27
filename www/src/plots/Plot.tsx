import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Chart, Series } from "./chart";

const number = (value: number | null | undefined) =>
  value === null || value === undefined ? "–" : String(Number(value.toPrecision(3)));

/** A chart with a legend that reads the values at the cursor; the arrow keys move it. */
export function Plot({ chart, height }: { chart: Chart; height: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const place = useSignal<number | null>(null);
  const stale = useSignal(0);
  // What a plot is made of, apart from its values.
  const kind = `${chart.id} ${chart.series.map(({ label, kind }) => label + kind)} ${height} ${stale.value}`;

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const made = new uPlot(
      options(chart, element, height, (index) => (place.value = index)),
      dataOf(chart),
      element,
    );
    plot.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => (stale.value += 1);
    scheme.addEventListener("change", repaint);
    return () => {
      scheme.removeEventListener("change", repaint);
      sizes.disconnect();
      made.destroy();
    };
  }, [kind]);

  useEffect(() => plot.current?.setData(dataOf(chart)), [chart]);

  const move = (event: KeyboardEvent) => {
    const last = chart.x.values.length - 1;
    const before = place.value ?? -1;
    const next = { ArrowRight: before + 1, ArrowLeft: before - 1, Home: 0, End: last }[event.key];
    if (next === undefined || !plot.current) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(last, next));
    const left = plot.current.valToPos(chart.x.values[index] ?? 0, "x");
    plot.current.setCursor({ left, top: plot.current.bbox.height / devicePixelRatio / 2 });
    place.value = index;
  };

  const index = place.value;
  return (
    <figure class="plot" data-testid={`plot-${chart.id}`}>
      <figcaption>
        <span class="plot-title">{chart.title}</span>
        <span class="legend">
          {chart.series.map((series) => (
            <span key={series.label} class={`key ${series.kind}${series.dashed ? " dashed" : ""}`}>
              <i data-tone={series.tone} />
              {series.label} {index !== null && <b class="number">{number(series.values[index])}</b>}
            </span>
          ))}
          {index !== null && (
            <span class="key">
              at {number(chart.x.values[index])} {chart.x.label}
            </span>
          )}
        </span>
      </figcaption>
      <div
        ref={frame}
        class="plot-frame"
        tabIndex={0}
        role="slider"
        aria-label={`${chart.title}: ${chart.y.label} over ${chart.x.label}`}
        aria-valuemin={0}
        aria-valuemax={chart.x.values.length - 1}
        aria-valuenow={index ?? 0}
        aria-valuetext={describe(chart, index)}
        onKeyDown={move}
      />
    </figure>
  );
}

function describe({ x, series }: Chart, index: number | null): string {
  if (index === null) return "arrow keys read the values";
  const values = series.map(({ label, values }) => `${label} ${number(values[index])}`);
  return `at ${number(x.values[index])} ${x.label}: ${values.join(", ")}`;
}

const dataOf = ({ x, series }: Chart) =>
  [[...x.values], ...series.map(({ values }) => [...values])] as unknown as uPlot.AlignedData;

const bars = uPlot.paths.bars?.({ size: [0.9, 100] });

function seriesOf({ label, kind, dashed }: Series, colour: string): uPlot.Series {
  const common = { label, stroke: colour, width: 1.5, points: { show: kind === "points", size: 5, fill: colour } };
  if (kind === "points") return { ...common, paths: () => null };
  if (kind === "bars")
    return { ...common, fill: `color-mix(in srgb, ${colour} 45%, transparent)`, ...(bars && { paths: bars }) };
  return { ...common, ...(dashed && { dash: [5, 4] }) };
}

function options(chart: Chart, element: HTMLElement, height: number, onPlace: (index: number | null) => void) {
  // The canvas wants colours, which the browser resolves for the scheme in use.
  const resolved = (tone: string) => {
    const probe = element.appendChild(document.createElement("i"));
    probe.style.color = `var(${tone})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  const [soft, line] = [resolved("--soft"), resolved("--line")];
  const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  const made: uPlot.Options = {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: false }, y: chart.y.range ? { range: [...chart.y.range] } : {} },
    axes: [
      { ...axis, label: chart.x.label, labelSize: 16, size: 24, labelFont: "11px system-ui" },
      { ...axis, label: chart.y.label, labelSize: 18, size: 44, labelFont: "11px system-ui" },
    ],
    series: [{}, ...chart.series.map((series) => seriesOf(series, resolved(series.tone)))],
    bands: (chart.bands ?? []).map(([upper, lower]) => ({
      series: [upper + 1, lower + 1],
      fill: `color-mix(in srgb, ${soft} 16%, transparent)`,
    })),
    hooks: { setCursor: [(plot) => onPlace(plot.cursor.idx ?? null)] },
  };
  return made;
}
