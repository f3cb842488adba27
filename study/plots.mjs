// docs/plots/study-*.svg

import { at } from "../scripts/lib/house.mjs";
import { plot } from "../scripts/lib/plot.mjs";
import { isUsual } from "./results.mjs";

const DRAWN = [
  "plain",
  "plain, gain",
  "plain, signed",
  "light",
  "l4",
  "l4, margin",
  "l4, measured",
  "l4, signed, measured",
];

const place = (name) => at("docs", "plots", `study-${name}.svg`);
const percent = ([mean, error]) => [100 * mean, 100 * error];

/** Accuracy against steps and against operations, for every network without a floor. */
export function accuracyPlots(results) {
  for (const { model, methods, limit } of results.ofAllMethods(isUsual)) {
    const drawn = DRAWN.filter((name) => methods[name]);
    const series = (abscissa) =>
      drawn.map((name) => ({
        name,
        points: methods[name].map((cell) => [abscissa(cell), ...percent(cell.accuracy)]),
      }));
    const y = { name: "accuracy", unit: "%", fromData: true };
    plot(place(`steps-${model}`), {
      title: `${model}: accuracy against steps`,
      x: { name: "steps", log: true },
      y,
      series: [
        ...series(({ steps }) => steps),
        { name: "input limit", look: "reference", points: limit.map((one) => [one.steps, 100 * one.accuracy[0]]) },
      ],
    });
    plot(place(`operations-${model}`), {
      title: `${model}: accuracy against what it costs`,
      x: { name: "synaptic operations per image", log: true },
      y,
      series: series(({ operations }) => operations[0]),
    });
  }
}

/** Predicted against measured noise, and activations against firing rates, layer by layer. */
export function neuronPlots(model, layers) {
  for (const { name, sigma, rates } of layers) {
    plot(place(`sigma-${model}-${name}`), {
      title: `${model}, ${name}: noise of each neuron`,
      x: { name: "measured standard deviation", unit: "ANN units" },
      y: { name: "predicted" },
      series: [
        ...sigma.map(({ name, r, points }) => ({ name: `${name}, r = ${r.toFixed(3)}`, look: "dots", points })),
        { name: "equal", look: "reference", points: diagonal(sigma.flatMap(({ points }) => points)) },
      ],
    });
    plot(place(`rates-${model}-${name}`), {
      title: `${model}, ${name}: activation against firing rate`,
      x: { name: "activation", unit: "ANN units" },
      y: { name: "rate times threshold and gain" },
      series: [
        ...rates.map(({ name, r, points }) => ({ name: `${name}, r = ${r.toFixed(3)}`, look: "dots", points })),
        { name: "equal", look: "reference", points: diagonal(rates.flatMap(({ points }) => points)) },
      ],
    });
  }
}

function diagonal(points) {
  const largest = points.reduce((most, [x]) => Math.max(most, x), 0);
  return [
    [0, 0],
    [largest, largest],
  ];
}
