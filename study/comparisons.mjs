// The tables of docs/results.md in which methods are compared, over networks and settings.

import { markdownTable } from "./markdown.mjs";
import { constant, DEFAULT, MEASURED, REFERENCE } from "./methods.mjs";
import { CONVOLUTIONAL, NETWORKS } from "./networks.mjs";
import { points, short, withError } from "./results.mjs";

const STEPS = [20, 100];
/** Networks in the usual setting, above a floor, and at full rate. */
export const USUAL = NETWORKS.map((model) => ({ model }));
export const WITH_CONVOLUTIONS = CONVOLUTIONAL.map((model) => ({ model }));
export const ABOVE_FLOOR = NETWORKS.map((model) => ({ model, floor: 0 }));

export const AT_FULL_RATE = NETWORKS.flatMap((model) => [
  { model, inputRate: 1 },
  { model, inputRate: 1, floor: 0 },
]);

/** The settings with spikes, as heads of columns. */
const SETTINGS = [
  ["usual", {}],
  ["above 0", { floor: 0 }],
  ["rate 1", { inputRate: 1 }],
  ["rate 1, above 0", { inputRate: 1, floor: 0 }],
];

/** Those beside the usual one. */
export const OTHERS = SETTINGS.slice(1);

export const VARIANTS = ["rescaled", "pruned"].flatMap((variant) =>
  ["mnist-mlp", "fashion-mlp"].map((model) => ({ model, variant })),
);

/** A table over networks, with one column for each of `columns`, which gives the text of a cell. */
function table(networks, heads, columns, everySteps = STEPS) {
  const rows = networks.flatMap((network) =>
    everySteps.map((steps) => {
      const cells = columns.map((column) => column(network, steps));
      const floor = network.floor === undefined ? "" : ` above ${network.floor}`;
      return [`${[network.model, network.variant].filter(Boolean).join(" ")}${floor}, ${steps}`, ...cells];
    }),
  );
  return markdownTable(["network, steps", ...heads], rows);
}

/** The difference of a method to another one, and the multiple of what that costs. */
function beside(results, model, name, { than, of }, steps, setting) {
  if (!results.entry(model, setting).methods[name]) return "";
  const cell = results.cell(model, name, steps, setting);
  const cost = cell.operations[0] / results.cell(model, than, steps, setting).operations[0];
  return `${withError(cell[of])}, ${cost.toFixed(2)} x`;
}

const less =
  (than) =>
  (results, names, networks = USUAL, steps) => {
    const column =
      (name) =>
      ({ model, ...setting }, steps) =>
        beside(results, model, name, than, steps, setting);
    return table(networks, names, names.map(column), steps);
  };

/** Against what `convert` does by default, the same without a margin, and that without gain correction. */
export const DEFAULTS = { than: DEFAULT, of: "lessDefault" };
export const WITHOUT_MARGIN = { than: MEASURED, of: "lessMeasured" };
export const WITHOUT_GAINS = { than: REFERENCE, of: "lessL4" };
export const against = less(DEFAULTS);
export const withoutMargin = less(WITHOUT_MARGIN);
export const withoutGains = less(WITHOUT_GAINS);

/** One method less another, in all settings. */
export function everywhere(results, name, than) {
  const column =
    ([, setting]) =>
    ({ model }, steps) =>
      beside(results, model, name, than, steps, setting);
  return table(
    USUAL,
    SETTINGS.map(([head]) => head),
    SETTINGS.map(column),
    [10, 20, 100],
  );
}

/** The same with every cell: less the input limit, a column for each method in its setting. */
export function lessLimit(results, columns, steps) {
  const column =
    ([, name, setting]) =>
    ({ model }, steps) => {
      const { floor = null, inputRate = 0.25 } = setting;
      const [entry] = results.everySeed(
        (one) => one.model === model && one.floor === floor && one.inputRate === inputRate,
      );
      const cell = entry?.methods[name]?.find((one) => one.steps === steps);
      return cell ? withError(cell.lessLimit) : "";
    };
  const heads = columns.map(([head]) => head);
  return table(USUAL, heads, columns.map(column), steps);
}

/** How well the noise of neurons is predicted, layer by layer. */
export function predictions(results) {
  const layers = Object.entries(results.data.correlations).flatMap(([model, layers]) =>
    layers.map(({ name, sigma }) => ({ name: `${model}, ${name}`, sigma })),
  );
  const heads = Object.keys(layers[0].sigma);
  const rows = layers.map(({ name, sigma }) => [name, ...heads.map((head) => sigma[head].toFixed(2))]);
  return markdownTable(["network, layer", ...heads], rows);
}

/** In how many layers L4 predicts the noise best, and worst, of the three norms. */
export function ranks(results) {
  const all = Object.values(results.data.correlations)
    .flat()
    .map(({ sigma }) => ["L4 norm", "L2 norm", "L1 norm"].map((name) => sigma[name]));
  const count = (extreme) => all.filter((r) => r[0] === extreme(...r)).length;
  return `best in ${count(Math.max)} of ${all.length} layers and worst in ${count(Math.min)}`;
}

/** Methods on constant currents beside the default on spikes. */
export function currents(results) {
  const setting = { coding: "constant", inputRate: 1 };
  const names = constant.map(({ name }) => name);
  const rows = NETWORKS.map((model) => {
    const told = ({ accuracy, operations }) => `${withError(accuracy)}, ${short(operations[0])}`;
    const has = (name) => results.entry(model, setting).methods[name];
    const still = names.map((name) => (has(name) ? told(results.cell(model, name, 10, setting)) : ""));
    return [model, ...still, told(results.cell(model, DEFAULT, 100))];
  });
  return markdownTable(["network", ...names.map((name) => `\`${name}\``), "L4 on spikes, 100 steps"], rows);
}

/** The default beside the trained network, and beside it on constant currents. */
export function untilTrained(results) {
  const steps = [20, 50, 100, 200];
  const rows = USUAL.map(({ model }) => {
    const [trained] = results.entry(model).ann;
    const less = (name, count, setting) => points(results.cell(model, name, count, setting).accuracy[0] - trained);
    const still = less("constant, half", 10, { coding: "constant", inputRate: 1 });
    return [model, withError(results.entry(model).ann), ...steps.map((count) => less(DEFAULT, count)), still];
  });
  const heads = ["network", "trained %", ...steps.map((count) => `${count} steps`), "`constant, half`, 10 steps"];
  return markdownTable(heads, rows);
}

/** Which neurons fire that should be silent, and which stay silent that should not. */
export function silence(results) {
  const all = Object.entries(results.data.silence);
  const percent = ([share, error]) => `${(100 * share).toFixed(2)} ± ${(100 * error).toFixed(2)}`;
  const told = (model, name) => {
    const { fired, falseSpikes, lost } = model.methods[name];
    return [fired, falseSpikes, lost].map(percent).join("; ");
  };
  const [[, { methods }]] = all;
  const rows = Object.keys(methods).map((name) => [`\`${name}\``, ...all.map(([, model]) => told(model, name))]);
  return markdownTable(["", ...all.map(([model]) => model)], rows);
}

/** How far noise of coin flips is from that of Poisson spikes in the usual setting, from 20 steps on. */
export function ofCoins(results) {
  const cells = NETWORKS.flatMap((model) => {
    const { methods } = results.entry(model);
    return methods["l4, coin flips"].map((cell, k) => ({ ...cell, of: methods[REFERENCE][k].operations[0] }));
  }).filter(({ steps }) => steps >= 20);
  return {
    apart: points(Math.max(...cells.map(({ lessL4: [mean] }) => Math.abs(mean)))),
    times: Math.max(...cells.map(({ operations: [count], of }) => count / of)).toFixed(2),
  };
}
