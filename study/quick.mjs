// The quick study beside what is written: other images and seeds, so that they agree within their errors, not exactly.

import { readResults, withError } from "./results.mjs";
import { agree } from "./statistics.mjs";

/** Standard errors that two measurements of one accuracy may lie apart. */
const ERRORS = 3;

/** Compares every cell with docs/results.json; the exit code is 1 where one does not agree. */
export function compare(settings, say) {
  const written = readResults();
  const cells = settings.flatMap((setting) =>
    Object.entries(setting.methods).flatMap(([method, list]) => list.map((cell) => ({ ...cell, setting, method }))),
  );
  const told = cells.map(({ setting, method, steps, accuracy }) => {
    const known = written.cell(setting.model, method, steps, setting).accuracy;
    const fits = agree(accuracy, known, ERRORS);
    const name = `${setting.model}, floor ${setting.floor ?? "none"}, ${steps} steps, ${method}`;
    say(
      `${fits ? "agrees" : "DIFFERS"}: ${name}: ${withError(accuracy)} here, ${withError(known)} in docs/results.json`,
    );
    return fits;
  });
  const apart = told.filter((fits) => !fits).length;
  say(
    apart === 0
      ? `All agree within ${ERRORS} standard errors.`
      : `${apart} differ by more than ${ERRORS} standard errors.`,
  );
  return apart === 0 ? 0 : 1;
}
