import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { watchColours } from "../colours";
import { type Chart, numberText, readAt } from "./chart";
import { dataOf, optionsOf, textScale } from "./options";
import { SavePlot } from "./SavePlot";

interface Props {
  chart: Chart;
  height: number;
  /** Without what is clicked at. */
  bare?: boolean;
}

/** A chart with a legend that reads the values at the cursor; the arrow keys move it. */
export function Plot({ chart, height: usual, bare = false }: Props) {
  const height = Math.round(usual * textScale());
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(chart);
  const chosen = useRef<number | null>(null);
  const place = useSignal<number | null>(null);
  const stale = useSignal(0);
  latest.current = chart;
  // What a plot is made of, apart from its values.
  const kind = `${chart.id} ${chart.series.map(({ tone, kind }) => tone + kind)} ${chart.x.ticks} ${height} ${stale.value}`;

  // At once: what is printed is taken as soon as this is done.
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const reader = {
      chart: () => latest.current,
      chosen: () => chosen.current,
      onPlace: (index: number | null) => (place.value = index),
    };
    const made = new uPlot(optionsOf(uPlot, element, height, reader), dataOf(latest.current), element);
    plot.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    const unwatch = watchColours(() => (stale.value += 1));
    return () => {
      unwatch();
      sizes.disconnect();
      made.destroy();
    };
  }, [kind]);

  useEffect(() => plot.current?.setData(dataOf(chart)), [chart]);

  const move = (event: KeyboardEvent) => {
    const readable = indicesOf(chart);
    const before = readable.indexOf(place.value ?? -1);
    const last = readable.length - 1;
    const page = Math.max(1, Math.round(last / 10));
    const next = {
      ArrowRight: before + 1,
      ArrowUp: before + 1,
      ArrowLeft: before - 1,
      ArrowDown: before - 1,
      PageUp: before + page,
      PageDown: before - page,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined || !plot.current) return;
    event.preventDefault();
    const index = readable[Math.max(0, Math.min(last, next))] ?? 0;
    chosen.current = index;
    const value = chart.series.find(({ values }) => values[index] !== null)?.values[index] ?? 0;
    plot.current.setCursor({
      left: plot.current.valToPos(chart.x.values[index] ?? 0, "x"),
      top: plot.current.valToPos(value ?? 0, "y"),
    });
    place.value = index;
  };

  const index = place.value !== null && place.value < chart.x.values.length ? place.value : null;
  return (
    <figure class="plot" data-testid={`plot-${chart.id}`}>
      <figcaption>
        <span class="plot-title">{chart.title}</span>
        {!bare && <SavePlot chart={chart} />}
        <span class="legend">
          {chart.series.map((series) => (
            <span
              key={series.label}
              class={`key ${series.kind}${series.dashed ? " dashed" : ""}${series.hollow ? " hollow" : ""}`}
            >
              <i data-tone={series.tone} />
              {series.label}{" "}
              {index !== null && series.values[index] != null && (
                <b class="number">{numberText(series.values[index])}</b>
              )}
            </span>
          ))}
          {index !== null && (
            <span class="key number">
              {chart.names?.[index]} {(!chart.names || chart.scatter) && placeOf(chart, index)}
            </span>
          )}
        </span>
      </figcaption>
      <div
        ref={frame}
        class="plot-frame"
        style={{ height: `${height}px` }}
        tabIndex={0}
        role="slider"
        aria-label={`${chart.title}: ${chart.y.label} over ${chart.x.label}`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, chart.x.values.length - 1)}
        aria-valuenow={index ?? 0}
        aria-valuetext={index === null ? "arrow keys read the values" : readAt(chart, index)}
        onKeyDown={move}
        onPointerMove={() => (chosen.current = null)}
      />
    </figure>
  );
}

const placeOf = ({ x, scatter }: Chart, index: number) => `${scatter ? "at" : x.label} ${numberText(x.values[index])}`;

/** The places that have something to read: in a cloud of points, the points. */
function indicesOf({ x, series, scatter }: Chart): number[] {
  const all = x.values.map((_, index) => index);
  if (!scatter) return all;
  return all.filter((index) => series.some(({ kind, values }) => kind === "points" && values[index] !== null));
}
