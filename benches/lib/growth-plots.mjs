// How cost grows, as plots in docs/plots.

import { fileURLToPath } from "node:url";
import { plot } from "../../scripts/lib/plot.mjs";

const file = (name) => fileURLToPath(new URL(`../../docs/plots/growth-${name}.svg`, import.meta.url));
const time = { name: "time of an image", unit: "µs", log: true };

/** The plot of each series: its file, its title, its axis and what stands there. */
const plots = {
  "input rate (spikes)": {
    name: "spikes",
    title: "mnist-mlp: time against spikes (input rates 1/32 to 1)",
    axis: "spikes of an image, those of the input included",
    at: ({ spikes }) => spikes,
  },
  steps: { name: "steps", title: "mnist-mlp: time against steps", axis: "steps" },
  "fan-out (width of one hidden layer)": {
    name: "fan-out",
    title: "784 inputs, one hidden layer, 10 outputs: time against fan-out",
    axis: "neurons of the hidden layer",
  },
  "depth (hidden layers of 256)": {
    name: "depth",
    title: "Hidden layers of 256: time against depth",
    axis: "hidden layers",
  },
};

/** What would be in proportion, through the last point of the first series, as far as the points reach. */
function proportion([{ points }]) {
  const low = Math.min(...points.map(([, y]) => y));
  const [x, y] = points.at(-1);
  const first = Math.max(Math.min(...points.map(([at]) => at)), (x * low) / y / 2);
  return {
    name: "in proportion (slope 1)",
    points: [
      [first, (first * y) / x],
      [x, y],
    ],
    look: "reference",
  };
}

/** Draws every plot. */
export function drawGrowth(results, { model, points: workers }) {
  for (const { varied, points } of results) {
    const { name, title, axis, at = ({ value }) => value } = plots[varied];
    const of = (pick) => points.map((point) => [at(point), pick(point).microseconds]).sort(([a], [b]) => a - b);
    const series = [
      { name: "32 bits", points: of((point) => point) },
      { name: "fixed point", points: of(({ fixed }) => fixed) },
    ];
    plot(file(name), { title, x: { name: axis, log: true }, y: time, series: [...series, proportion(series)] });
  }
  const speeds = [{ name: model, points: workers.map(({ workers: n, fastest }) => [n, fastest]) }];
  const [[one, speed]] = speeds[0].points;
  const ideal = workers.map(({ workers: n }) => [n, (speed * n) / one]);
  plot(file("workers"), {
    title: `${model}, plain: speed against workers, evaluation alone`,
    x: { name: "workers", log: true },
    y: { name: "images a second", log: true },
    series: [...speeds, { name: "in proportion (slope 1)", points: ideal, look: "reference" }],
  });
}
