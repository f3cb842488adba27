// Where the default loses: to plain, to any other method, to the input limit. Each answer is a list of texts.

import { DEFAULT } from "./methods.mjs";
import { cellName, short, withError } from "./results.mjs";
import { frontier } from "./statistics.mjs";

/** Where another method is both cheaper and more accurate by two standard errors, from 10 steps on. */
export function beaten(results) {
  return results.spiking().flatMap((entry) =>
    entry.limit.flatMap(({ steps }, k) => {
      if (steps < 10 || frontier(entry.methods, k).includes(DEFAULT)) return [];
      const own = entry.methods[DEFAULT][k];
      const better = Object.entries(entry.methods).filter(
        ([, cells]) =>
          cells[k].operations[0] < own.operations[0] &&
          cells[k].accuracy[0] - own.accuracy[0] > 2 * Math.hypot(cells[k].accuracy[1], own.accuracy[1]),
      );
      const names = better.map(
        ([name, cells]) => `\`${name}\` (${withError(cells[k].accuracy)} %, ${short(cells[k].operations[0])})`,
      );
      return [
        `${cellName(entry, steps)}: ${withError(own.accuracy)} %, ${short(own.operations[0])} operations; ${names.join(", ")}`,
      ];
    }),
  );
}

/** Cells of methods that cost less than the default and were run beside it, from 10 steps on. */
function cheaper(results) {
  const cells = results.spiking().flatMap((entry) =>
    Object.entries(entry.methods).flatMap(([name, cells]) =>
      cells.map(({ steps, lessDefault, operations: [operations] }, k) => {
        const cost = operations / entry.methods[DEFAULT][k].operations[0];
        return { where: cellName(entry, steps), name, steps, lessDefault, cost };
      }),
    ),
  );
  return cells.filter(({ steps, lessDefault, cost }) => steps >= 10 && lessDefault && cost < 1);
}

/**
 * These by the standard errors of their paired differences, which are smaller than the others: how many there are, how many
 * are less accurate by two of them, and which are more accurate.
 */
export function inPairs(results) {
  const cells = cheaper(results);
  const beyond = (sign) => cells.filter(({ lessDefault: [mean, error] }) => sign * mean > 2 * error);
  const told = ({ where, name, lessDefault, cost }) =>
    `${where}: \`${name}\` by ${withError(lessDefault)} points, ${cost.toFixed(3)} x`;
  return { count: cells.length, worse: beyond(-1).length, better: beyond(1).map(told) };
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

/** Cells in which the plain conversion is more accurate by two standard errors. */
export function lost(results) {
  return results
    .spiking()
    .flatMap((entry) =>
      entry.methods[DEFAULT]
        .filter(({ lessPlain: [mean, error] }) => mean < -2 * error)
        .map(({ steps, lessPlain }) => `${cellName(entry, steps)}: ${withError(lessPlain)} points`),
    );
}
