// The figures of the README, taken from docs/results.json: nothing is typed twice.

import { beaten, inPairs } from "../../study/losses.mjs";
import { BASELINE, DEFAULT } from "../../study/methods.mjs";
import { short, withError } from "../../study/results.mjs";

const ROWS = [
  ["mnist-mlp", 100, null],
  ["mnist-mlp", 100, 0],
  ["fashion-mlp", 100, null],
  ["mnist-mlp-small", 100, null],
  ["mnist-cnn", 20, null],
  ["mnist-cnn", 100, null],
  ["mnist-cnn", 100, 0],
  ["mnist-cnn-max", 100, null],
  ["fashion-cnn", 20, null],
  ["fashion-cnn", 100, null],
  ["fashion-cnn", 100, 0],
];

/** Where the table stands in the README: the first and the last line around it. */
const MARKS = /(<!-- Written by `npm run study`\. -->\n\n).*?(\n\n<!-- End\. -->)/s;

const HEAD = [
  "| model, floor, steps | input limit % | plain % | plain, biases and gains corrected % | L4 % | L4 less plain, points | operations per image, plain | operations per image, L4 |",
  "|---|---|---|---|---|---|---|---|",
];

function row(results, [model, steps, floor]) {
  const setting = { floor };
  const cell = (method) => results.cell(model, method, steps, setting);
  const [plain, corrected, l4] = [BASELINE, "plain, gain", DEFAULT].map(cell);
  const cells = [
    `${model}, ${floor ?? "none"}, ${steps}`,
    withError(results.limit(model, steps, setting)),
    withError(plain.accuracy),
    withError(corrected.accuracy),
    withError(l4.accuracy),
    withError(l4.lessPlain),
    short(plain.operations[0]),
    short(l4.operations[0]),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Where the sentences on how many cells are better stand, within a list. */
const COUNTED = /(<!-- counted -->).*?(<!-- end -->)/s;

/** In how many cells another method does better than the default, as the README has it. */
function counts(results) {
  const cells = results.spiking().reduce((sum, { limit }) => sum + limit.filter(({ steps }) => steps >= 10).length, 0);
  const { published, own } = inPairs(results);
  const many = (number) => number.toLocaleString("en");
  const text = `From 10 steps on another method of the study is both cheaper and better by two standard errors in ${beaten(results).length || "none"} of ${cells} cells (a network, a setting, a number of steps), by the errors of both accuracies. By the smaller errors of paired differences a published method that is cheaper is better by two of them in ${published.better.length || "none"} of ${many(published.count)} cases, and worse in ${many(published.worse)}; a variation or control of ours in ${own.better.length} of ${many(own.count)}, and worse in ${many(own.worse)}.`;
  // In lines as long as the others, within a list.
  return text.replace(/(.{1,112})(?: |$)/g, "$1\n  ").trim();
}

/** The README with the table and the counts that docs/results.json gives. */
export function withHeadline(readme, results) {
  if (!MARKS.test(readme) || !COUNTED.test(readme)) {
    throw new Error("README.md has no place for the figures of docs/results.json");
  }
  const table = [...HEAD, ...ROWS.map((one) => row(results, one))].join("\n");
  return readme
    .replace(MARKS, (_, before, after) => `${before}${table}${after}`)
    .replace(COUNTED, (_, before, after) => `${before}${counts(results)}${after}`);
}
