// From the outcomes of jobs to cells: means over images and seeds with their errors, differences paired image by image.

import { BASELINE, DEFAULT, MEASURED, REFERENCE, variesMeasured, variesReference } from "./methods.mjs";

const sum = (values) => values.reduce((total, value) => total + value, 0);
const mean = (values) => sum(values) / values.length;

/** More digits than anyone needs of a mean or of an error; the file stays small and its differences readable. */
const rounded = (value) => Number(value.toPrecision(5));
const roundedError = (value) => Number(value.toPrecision(3));
const roughly = (value) => Number(value.toPrecision(2));

function deviation(values) {
  const center = mean(values);
  return values.length > 1 ? Math.sqrt(sum(values.map((value) => (value - center) ** 2)) / (values.length - 1)) : 0;
}

const estimate = (values) => [rounded(mean(values)), roundedError(deviation(values) / Math.sqrt(values.length))];

const digits = (hits) => Array.from(hits, Number);

/** Per image, the mean over the seeds that showed it. */
function perImage(parts) {
  const sums = new Map();
  for (const { first, values } of parts) {
    values.forEach((value, index) => {
      const [total, shown] = sums.get(first + index) ?? [0, 0];
      sums.set(first + index, [total + value, shown + 1]);
    });
  }
  return [...sums.entries()].sort(([a], [b]) => a - b).map(([, [total, shown]]) => total / shown);
}

const settingOf = ({ model, variant, everySeed, split, coding, inputRate, floor, steps }) =>
  JSON.stringify([model, variant, everySeed, split, coding, inputRate, floor, steps]);

/** One entry per network and setting, in the order in which they come. */
export function summarise(results) {
  const groups = new Map();
  for (const result of results) {
    const setting = settingOf(result.job);
    groups.set(setting, [...(groups.get(setting) ?? []), result]);
  }
  return [...groups.values()].map(settled);
}

function settled(results) {
  const [{ job }] = results;
  const { model, variant, everySeed, data, split, coding, inputRate, floor, steps } = job;
  const over = (values) => perImage(results.map((result) => ({ first: result.job.first, values: values(result) })));
  const shown = sum(results.map((result) => result.job.images));
  const ann = over(({ outcome }) => digits(outcome.ann));
  const limits = steps.map((_, k) => {
    const of = ({ outcome }) => digits(coding === "constant" ? outcome.ann : outcome.limit[k]);
    return over(of);
  });
  const find = (outcome, method, k) => outcome.cells.find((cell) => cell.method === method && cell.steps === steps[k]);
  const hits = (method, k) => over(({ outcome }) => digits(find(outcome, method, k).hits));
  const known = (method) => (job.methods.includes(method) ? steps.map((_, k) => hits(method, k)) : undefined);
  const [plain, ours, measured, uncorrected] = [BASELINE, DEFAULT, MEASURED, REFERENCE].map(known);
  const methods = {};
  for (const method of job.methods) {
    methods[method] = steps.map((_, k) => {
      const own = hits(method, k);
      const less = (other) => estimate(own.map((value, index) => value - other[index]));
      const cells = results.map(({ outcome, job }) => ({ ...find(outcome, method, k), images: job.images }));
      return {
        steps: steps[k],
        accuracy: estimate(own),
        // Where seeds share the images out, it would be that between images.
        ...(shown > ann.length && { seedSpread: roughly(deviation(cells.map((cell) => mean(digits(cell.hits))))) }),
        spikes: counted(cells, "spikes", shown, ann.length),
        operations: counted(cells, "operations", shown, ann.length),
        ...(plain && method !== BASELINE && { lessPlain: less(plain[k]) }),
        ...(ours && method !== DEFAULT && { lessDefault: less(ours[k]) }),
        ...(measured && variesMeasured(method) && { lessMeasured: less(measured[k]) }),
        ...(uncorrected && variesReference(method) && { lessL4: less(uncorrected[k]) }),
        lessLimit: less(limits[k]),
      };
    });
  }
  return {
    model,
    ...(variant && { variant }),
    ...(everySeed && { everySeed }),
    data,
    split,
    coding,
    inputRate,
    floor,
    images: ann.length,
    presentations: shown,
    seeds: [...new Set(results.map((result) => result.job.seed))],
    ann: estimate(ann),
    limit: steps.map((count, k) => ({ steps: count, accuracy: estimate(limits[k]) })),
    inputSpikes: steps.map((_, k) => rounded(sum(results.map(({ outcome }) => outcome.inputSpikes[k])) / shown)),
    methods,
  };
}

/**
 * The mean per image of what was counted, with its standard error over images. That of one image hardly differs from seed
 * to seed: the spread over all presentations is taken for that over images.
 */
function counted(cells, what, shown, images) {
  const total = sum(cells.map((cell) => cell[what].sum)) / shown;
  const squares = sum(cells.map((cell) => cell[what].squares)) / shown;
  const variance = Math.max(squares - total ** 2, 0) * (shown / Math.max(shown - 1, 1));
  return [rounded(total), roughly(Math.sqrt(variance / images))];
}

/** Whether two accuracies of one cell, from different images or seeds, agree within `errors` standard errors. */
export function agree([a, errorOfA], [b, errorOfB], errors = 3) {
  return Math.abs(a - b) <= errors * Math.hypot(errorOfA, errorOfB);
}

/** Whether a cell is both cheaper than another and more accurate by two standard errors. */
export const beats = (a, b) =>
  a.operations[0] < b.operations[0] && a.accuracy[0] - b.accuracy[0] > 2 * Math.hypot(a.accuracy[1], b.accuracy[1]);

/** The methods that no other of a cell beats. */
export function frontier(methods, k) {
  const of = Object.entries(methods).map(([name, cells]) => ({ name, ...cells[k] }));
  return of.filter((one) => !of.some((other) => beats(other, one))).map(({ name }) => name);
}
