// The quick study beside what is written: other images and seeds, so that they agree within their errors, not exactly.

import { readResults, withError } from "./results.mjs";
import { agree } from "./statistics.mjs";

/** Standard errors that two measurements of one accuracy may lie apart. */
const ERRORS = 3;

/** Compares every cell with docs/results.json; the exit code is 1 where one does not agree. */
export function compare(settings, say) {
  const written = readResults();
  let apart = 0;
  for (const { model, floor, inputRate, coding, methods } of settings) {
    for (const [method, cells] of Object.entries(methods)) {
      for (const { steps, accuracy } of cells) {
        const known = written.cell(model, method, steps, { floor, inputRate, coding }).accuracy;
        const fits = agree(accuracy, known, ERRORS);
        apart += fits ? 0 : 1;
        const setting = `${model}, floor ${floor ?? "none"}, ${steps} steps, ${method}`;
        say(`${fits ? "agrees" : "DIFFERS"}: ${setting}: ${withError(accuracy)} here, ${withError(known)} in docs/results.json`);
      }
    }
  }
  say(apart === 0 ? `All agree within ${ERRORS} standard errors.` : `${apart} differ by more than ${ERRORS} standard errors.`);
  return apart === 0 ? 0 : 1;
}
