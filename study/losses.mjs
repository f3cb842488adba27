// Where the default loses: to plain, to any other method, to the input limit, to other strengths.

import { BASELINE, DEFAULT, isPublished } from "./methods.mjs";
import { cellName, isUsual, points, short, withError } from "./results.mjs";
import { beats } from "./statistics.mjs";

/** Where another method is both cheaper and more accurate by two standard errors, from 10 steps on. */
export function beaten(results) {
  return results.spiking().flatMap((entry) =>
    entry.limit.flatMap(({ steps }, k) => {
      const own = entry.methods[DEFAULT][k];
      const better = Object.entries(entry.methods).filter(([, cells]) => beats(cells[k], own));
      if (steps < 10 || better.length === 0) return [];
      const names = better.map(
        ([name, cells]) => `\`${name}\` (${withError(cells[k].accuracy)} %, ${short(cells[k].operations[0])})`,
      );
      return [
        `${cellName(entry, steps)}: ${withError(own.accuracy)} %, ${short(own.operations[0])} operations; ${names.join(", ")}`,
      ];
    }),
  );
}

/** The same whatever the number of steps of the other, the best one for each cell of the default. */
function pairsOfOtherSteps(entries, is) {
  return entries.flatMap((entry) =>
    entry.methods[DEFAULT].flatMap((own) => {
      if (own.steps < 10) return [];
      const better = Object.entries(entry.methods)
        .filter(([name]) => is(name))
        .flatMap(([name, cells]) => cells.map((cell) => ({ name, ...cell })))
        .filter((cell) => beats(cell, own))
        .sort((a, b) => b.accuracy[0] - a.accuracy[0]);
      return better.slice(0, 1).map((cell) => ({ entry, own, cell }));
    }),
  );
}

/** Where more steps, or fewer, of another method would have been the better choice. */
export function beatenByOtherSteps(results, is) {
  return pairsOfOtherSteps(results.spiking(), is).map(
    ({ entry, own, cell }) =>
      `${cellName(entry, own.steps)}, ${withError(own.accuracy)} % for ${short(own.operations[0])}: \`${cell.name}\` at ${cell.steps} steps, ${withError(cell.accuracy)} % for ${short(cell.operations[0])}`,
  );
}

/** By how much a larger strength with more steps is the better choice in the usual setting, and where it is. */
export function ofLargerStrength(results) {
  const pairs = pairsOfOtherSteps(results.spiking().filter(isUsual), (name) => name === STRENGTHS[2]);
  return {
    models: new Set(pairs.map(({ entry }) => entry.model)),
    mostSteps: Math.max(...pairs.map(({ own }) => own.steps)),
    ahead: pairs.map(({ own, cell }) => 100 * (cell.accuracy[0] - own.accuracy[0])),
  };
}

/** The cells of all methods but the default, with what they cost beside it. */
function others(results) {
  return results.spiking().flatMap((entry) =>
    Object.entries(entry.methods).flatMap(([name, cells]) =>
      cells.map(({ steps, lessDefault, operations: [operations] }, k) => {
        const cost = operations / entry.methods[DEFAULT][k].operations[0];
        return { where: cellName(entry, steps), name, steps, lessDefault, cost };
      }),
    ),
  );
}

export const told = ({ where, name, lessDefault, cost }) =>
  `${where}: \`${name}\` by ${withError(lessDefault)} points, ${cost.toFixed(3)} x`;

const beyond = (cells, sign) => cells.filter(({ lessDefault: [mean, error] }) => sign * mean > 2 * error);

/** A published method that hardly fires, so that its accuracy is often that of chance: to be better than it says little. */
export const SILENT = "weights";

/**
 * Cells from 10 steps on that cost less than the default, by the standard errors of their paired differences, which are
 * smaller than the others: how many there are of published methods (but the silent one) and of ours, how many are less
 * accurate by two errors, which are more accurate, and how many were not run beside the default, so that they have no such
 * difference.
 */
export function inPairs(results) {
  const cheaper = others(results).filter(({ name, steps, cost }) => name !== DEFAULT && steps >= 10 && cost < 1);
  const [silent, cells] = [true, false].map((is) => cheaper.filter(({ name }) => (name === SILENT) === is));
  const paired = cells.filter(({ lessDefault }) => lessDefault);
  const of = (some) => ({ count: some.length, worse: beyond(some, -1).length, better: beyond(some, 1) });
  const unpaired = cheaper.filter(({ lessDefault }) => !lessDefault);
  return {
    published: of(paired.filter(({ name }) => isPublished(name))),
    silent: of(silent.filter(({ lessDefault }) => lessDefault)),
    own: of(paired.filter(({ name }) => !isPublished(name))),
    unpaired: unpaired.length,
    unpairedPublished: unpaired.filter(({ name }) => isPublished(name)).length,
  };
}

/** Cells that are more accurate by two standard errors of their paired differences and cost as much as the default or more. */
export function dearer(results) {
  const cells = others(results).filter(({ lessDefault, steps, cost }) => lessDefault && steps >= 10 && cost >= 1);
  return beyond(cells, 1);
}

/** Where methods are more accurate at 5 steps by two standard errors of their paired differences: the best, and how many. */
export function atFive(results) {
  const cells = others(results).filter(({ lessDefault, steps }) => lessDefault && steps === 5);
  const more = beyond(cells, 1);
  return [...new Set(more.map(({ where }) => where))].map((place) => {
    const better = more.filter(({ where }) => where === place);
    const [best] = better.toSorted((a, b) => b.lessDefault[0] - a.lessDefault[0]);
    return { ...best, of: better.length, cheaper: better.filter(({ cost }) => cost < 1).length };
  });
}

/** Cells in which a method stays more than 0.2 points below the input limit from 20 steps on, above a floor or without. */
export function below(results, method, floor = null) {
  return results
    .everySeed((entry) => entry.floor === floor)
    .flatMap((entry) =>
      (entry.methods[method] ?? [])
        .filter(({ steps, lessLimit }) => steps >= 20 && lessLimit[0] < -0.002)
        .map(({ steps, lessLimit }) => `${cellName(entry, steps)}: ${withError(lessLimit)} points`),
    );
}

/** Cells in which the plain conversion is more accurate by two standard errors, with what it costs beside the default. */
export function lost(results) {
  return results.spiking().flatMap((entry) =>
    entry.methods[DEFAULT].flatMap(({ steps, lessPlain, operations: [operations] }, k) => {
      const [mean, error] = lessPlain;
      const cost = entry.methods[BASELINE][k].operations[0] / operations;
      return mean < -2 * error ? [{ where: cellName(entry, steps), steps, lessPlain, cost }] : [];
    }),
  );
}

/** The default with the strength that it has, and with others. */
export const STRENGTHS = [DEFAULT, "l4, margin, k = 0.6", "l4, margin, k = 1.2"];

/** How far a strength is from the best of three, over all cells from 10 steps on that have all of them, and `others`. */
export function strengths(results, all, others = []) {
  const gaps = results.spiking().flatMap((entry) =>
    entry.limit.flatMap(({ steps }, k) => {
      if (steps < 10 || [...all, ...others].some((name) => !entry.methods[name])) return [];
      const of = all.map((name) => entry.methods[name][k].accuracy[0]);
      return [{ gap: Math.max(...of) - of[0], name: cellName(entry, steps) }];
    }),
  );
  const sorted = gaps.sort((a, b) => a.gap - b.gap);
  const worst = sorted.at(-1);
  if (!worst) return "";
  const middle = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  const median = (middle[0].gap + middle[1].gap) / 2;
  return `a median of ${points(median)} points over ${sorted.length} cells, at worst ${points(worst.gap)} points (${worst.name})`;
}
