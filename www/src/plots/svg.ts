// A chart as a picture of its own, with everything in it that is needed to read it.

import { type Chart, numberText, type Series } from "./chart";

const WIDTH = 640;
const HEIGHT = 400;
const LEFT = 64;
const RIGHT = 16;
const BOTTOM = 46;
const LINE = 18;
/** As many ticks on an axis, about. */
const TICKS = 6;

const escapeText = (text: string) => text.replace(/[<>&"]/g, (found) => `&#${found.charCodeAt(0)};`);

/** A picture of a size, on paper. */
export function pictureOf(
  { width, height, title }: { width: number; height: number; title: string },
  paper: string,
  parts: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>${escapeText(title)}</title><rect width="${width}" height="${height}" fill="${paper}"/>`,
    ...parts,
    "</svg>\n",
  ].join("");
}

export const textAt = (x: number, y: number, text: string, more = "") =>
  `<text x="${round(x)}" y="${round(y)}"${more && ` ${more}`}>${escapeText(text)}</text>`;

export const round = (value: number) => Number(value.toFixed(2));

/** The tones that a chart is drawn with. */
export const tonesOf = ({ series }: Chart) => [
  ...series.map(({ tone }) => tone),
  ...["--ink", "--soft", "--line", "--card"],
];

export function chartAsSvg(chart: Chart, palette: ReadonlyMap<string, string>): string {
  const colour = (tone: string) => palette.get(tone) ?? "gray";
  const legend = legendOf(chart, colour);
  const top = 34 + legend.lines * LINE;
  const [x, y] = [axis(rangeOfX(chart), LEFT, WIDTH - RIGHT), axis(rangeOfY(chart), HEIGHT - BOTTOM, top)];
  const soft = `fill="${colour("--soft")}"`;
  const ticksX = chart.x.ticks ?? x.ticks.map((at) => [at, numberText(at)] as const);
  const grid = y.ticks.map(
    (at) =>
      `<path d="M${LEFT} ${round(y.place(at))}H${WIDTH - RIGHT}" stroke="${colour("--line")}"/>` +
      textAt(LEFT - 8, y.place(at) + 4, numberText(at), `text-anchor="end" ${soft}`),
  );
  const middle = (top + HEIGHT - BOTTOM) / 2;
  return pictureOf({ width: WIDTH, height: HEIGHT, title: chart.title }, colour("--card"), [
    textAt(LEFT, 22, chart.title, `font-weight="600" font-size="14" fill="${colour("--ink")}"`),
    legend.text,
    ...grid,
    ...ticksX.map(([at, name]) => textAt(x.place(at), HEIGHT - BOTTOM + 16, name, `text-anchor="middle" ${soft}`)),
    textAt((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, chart.x.label, `text-anchor="middle" ${soft}`),
    textAt(16, middle, chart.y.label, `text-anchor="middle" transform="rotate(-90 16 ${round(middle)})" ${soft}`),
    ...(chart.bands ?? []).map(([upper, lower]) => {
      const edge = (index: number) => pointsOf(chart, chart.series[index], x, y);
      const outline = [...edge(upper), ...edge(lower).reverse()].map((point) => point.join(" "));
      return `<path d="M${outline.join("L")}Z" fill="${colour("--soft")}" fill-opacity="0.16"/>`;
    }),
    ...chart.series.map((series) => drawn(chart, series, colour(series.tone), x, y)),
  ]);
}

interface Axis {
  place: (value: number) => number;
  ticks: number[];
  low: number;
  high: number;
}

function axis([low, high]: readonly [number, number], from: number, to: number): Axis {
  const width = high - low || 1;
  const rough = width / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.max(1, Math.floor(high / step + 1e-9) - first + 1);
  const ticks = Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12)));
  return { place: (value) => from + ((value - low) / width) * (to - from), ticks, low, high };
}

function rangeOfX({ x, series }: Chart): readonly [number, number] {
  if (x.range) return x.range;
  const [low = 0, high = 1] = [x.values[0], x.values.at(-1)];
  const half = series.some(({ kind }) => kind === "bars") ? (high - low) / (2 * Math.max(1, x.values.length - 1)) : 0;
  return [low - half, high + half];
}

function rangeOfY({ y, series }: Chart): readonly [number, number] {
  if (y.range) return y.range;
  const values = series.flatMap(({ values }) => values.filter((value) => value !== null));
  const zero = series.some(({ kind }) => kind === "bars") ? 0 : undefined;
  const low = values.reduce((so, value) => Math.min(so, value), zero ?? values[0] ?? 0);
  const high = values.reduce((so, value) => Math.max(so, value), zero ?? values[0] ?? 1);
  const room = (high - low || 1) * 0.06;
  return [low === 0 ? 0 : low - room, high + room];
}

const pointsOf = (chart: Chart, series: Series | undefined, x: Axis, y: Axis) =>
  (series?.values ?? []).flatMap((value, index) =>
    value === null ? [] : [[round(x.place(chart.x.values[index] ?? 0)), round(y.place(value))] as const],
  );

function drawn(chart: Chart, series: Series, colour: string, x: Axis, y: Axis): string {
  const points = pointsOf(chart, series, x, y);
  if (points.length === 0) return "";
  if (series.kind === "line") {
    const dash = series.dashed ? ' stroke-dasharray="5 4"' : "";
    const path = points.map((point) => point.join(" ")).join("L");
    return `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="1.5"${dash}/>`;
  }
  if (series.kind === "points") {
    const style = series.hollow ? `fill="none" stroke="${colour}"` : `fill="${colour}"`;
    return `<g ${style}>${points.map(([left, top]) => `<circle cx="${left}" cy="${top}" r="${series.large ? 5 : 2.5}"/>`).join("")}</g>`;
  }
  const gap = chart.x.values
    .slice(1)
    .reduce((so, at, index) => Math.min(so, at - (chart.x.values[index] ?? 0)), x.high - x.low);
  const width = 0.9 * Math.abs(x.place(gap) - x.place(0));
  const base = y.place(Math.max(0, y.low));
  const bars = points.map(
    ([left, top]) =>
      `<rect x="${round(left - width / 2)}" y="${top}" width="${round(width)}" height="${round(Math.max(0, base - top))}"/>`,
  );
  return `<g fill="${colour}" fill-opacity="0.45" stroke="${colour}">${bars.join("")}</g>`;
}

/** What is what, in as many lines as it takes. */
function legendOf({ series }: Chart, colour: (tone: string) => string): { text: string; lines: number } {
  let [left, lines] = [LEFT, 1];
  const keys = series.map(({ label, tone, kind, dashed, hollow }) => {
    // System fonts differ: rather too much room than too little.
    const room = 24 + label.length * 7;
    if (left > LEFT && left + room > WIDTH - RIGHT) [left, lines] = [LEFT, lines + 1];
    const [at, y] = [left, 16 + lines * LINE];
    left += room;
    const dot = `<circle cx="${at + 6}" cy="${y}" r="2.5" fill="${hollow ? "none" : colour(tone)}" stroke="${colour(tone)}"/>`;
    const dash = dashed ? ' stroke-dasharray="4 3"' : "";
    const line = `<path d="M${at} ${y}h12" stroke="${colour(tone)}" stroke-width="2"${dash}/>`;
    return (kind === "points" ? dot : line) + textAt(at + 16, y + 4, label, `fill="${colour("--soft")}"`);
  });
  return { text: keys.join(""), lines };
}
