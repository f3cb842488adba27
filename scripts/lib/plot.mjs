// Plots for the documents: points and lines as an SVG file, the same bytes from the same numbers.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { init } from "echarts";

/** Okabe and Ito's colours, which the colour-blind tell apart; without the yellow, which white swallows. */
const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "pin", "arrow", "roundRect"];
const INK = "#222222";
const FAINT = "#dddddd";
const SIZE = { width: 640, height: 440 };

/** `1000000` as `1M`. */
function short(value) {
  const [divisor, letter] = [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ].find(([size]) => Math.abs(value) >= size) ?? [1, ""];
  return `${Number((value / divisor).toPrecision(3))}${letter}`;
}

/** The ends of a logarithmic axis: 1, 2 or 5 times a power of ten, around all values. */
function ends(values) {
  const steps = [-10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].flatMap((power) =>
    [1, 2, 5].map((digit) => Number(`${digit}e${power}`)),
  );
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return { min: steps.findLast((step) => step <= low), max: steps.find((step) => step >= high) };
}

function axis({ name, unit, log, fromData }, values, nameGap) {
  return {
    type: log ? "log" : "value",
    ...(log ? ends(values) : fromData ? { scale: true } : { min: 0 }),
    name: unit ? `${name} (${unit})` : name,
    nameLocation: "middle",
    nameGap,
    nameTextStyle: { color: INK, fontSize: 13 },
    axisLabel: { color: INK, formatter: short },
    axisLine: { show: true, lineStyle: { color: INK } },
    axisTick: { show: true },
    splitLine: { lineStyle: { color: FAINT } },
    minorTick: { show: Boolean(log), splitNumber: 10 },
  };
}

/** A bar from below to above each point that has an error. */
function errorBars(points, color) {
  const renderItem = (_, api) => {
    const [x, y, error] = [0, 1, 2].map((dimension) => api.value(dimension));
    const [[left, low], [, high]] = [y - error, y + error].map((value) => api.coord([x, value]));
    return { type: "line", shape: { x1: left, y1: low, x2: left, y2: high }, style: { stroke: color, lineWidth: 1.5 } };
  };
  const data = points.filter(([, , error]) => error > 0);
  return data.length > 0 ? [{ type: "custom", renderItem, data, encode: { x: 0, y: 1 }, silent: true }] : [];
}

/** A series as echarts wants it. `look` is `line`, `dots`, `both` (where nothing is said) or `reference`: dashed, grey. */
function drawn({ name, points, look = "both" }, index) {
  const reference = look === "reference";
  const color = reference ? "#888888" : COLOURS[index % COLOURS.length];
  const line = {
    type: "line",
    name,
    data: points.map(([x, y]) => [x, y]),
    color,
    symbol: look === "line" || reference ? "none" : SYMBOLS[index % SYMBOLS.length],
    symbolSize: look === "dots" ? 4 : 8,
    lineStyle: { width: look === "dots" ? 0 : 2, type: reference ? "dashed" : "solid", color },
    itemStyle: { color },
    silent: true,
  };
  return [line, ...errorBars(points, color)];
}

/** The lines that a legend takes, by the length of its words. */
function legendLines(series) {
  const width = series.reduce((sum, { name }) => sum + 7 * name.length + 60, 0);
  return Math.ceil(width / (SIZE.width - 40));
}

/** A dash for a reference, which has no points. */
const inLegend = ({ name, look }) => ({ name, ...(look === "reference" && { icon: "path://M0,4L30,4L30,6L0,6Z" }) });

/**
 * Draws into the SVG file `path`. `x` and `y` are `{ name, unit, log, fromData }`, where a linear axis from the data need not
 * begin at 0; a series is `{ name, points, look }` with points
 * `[x, y]` or `[x, y, error]`.
 */
export function plot(path, { title, x, y, series }) {
  const points = series.flatMap((one) => one.points);
  const chart = init(null, null, { renderer: "svg", ssr: true, ...SIZE });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: "sans-serif", color: INK },
    title: { text: title, left: "center", top: 8, textStyle: { color: INK, fontSize: 15, fontWeight: "bold" } },
    legend: {
      top: 34,
      left: "center",
      width: SIZE.width - 40,
      itemGap: 16,
      textStyle: { color: INK },
      data: series.map(inLegend),
    },
    grid: { left: 72, right: 28, top: 54 + 22 * legendLines(series), bottom: 58 },
    xAxis: axis(
      x,
      points.map(([value]) => value),
      34,
    ),
    yAxis: axis(
      y,
      points.flatMap(([, value, error = 0]) => [value - error, value + error]),
      50,
    ),
    series: series.flatMap(drawn),
  });
  // Echarts numbers what it draws over the whole process; a file must not depend on those before it. What happens under
  // a pointer is of no use in a document.
  const names = new Map();
  const svg = chart
    .renderToSVGString()
    .replace(/<style[\s\S]*?<\/style>\n?/, "")
    .replaceAll(/ class="[^"]*"/g, "")
    .replaceAll(/zr\d+-c\d+/g, (name) => {
      if (!names.has(name)) names.set(name, `p${names.size}`);
      return names.get(name);
    })
    .replace(/<svg[^>]*>/, (tag) => `${tag.replace("<svg", '<svg role="img"')}\n<title>${title}</title>`);
  chart.dispose();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${svg}\n`);
}
