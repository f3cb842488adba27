// The figures of the README, taken from docs/results.json: nothing is typed twice.

import { markdownTable } from "../../study/markdown.mjs";
import { BASELINE, DEFAULT } from "../../study/methods.mjs";
import { points, short, withError } from "../../study/results.mjs";
import { inShort } from "../../study/short.mjs";

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

/** Where table and answers stand in the README: the first and the last line around them. */
const MARKS = /(<!-- Written by `npm run study`\. -->\n\n).*?(\n\n<!-- End\. -->)/s;

const HEADS = [
  "model, floor, steps",
  "trained %",
  "input limit %",
  "plain %",
  "plain, margin, corrected %",
  "L4 %",
  "L4 less plain, points",
  "operations per image, plain",
  "operations per image, L4",
];

const SCOPE = "Unless stated otherwise, what follows is at an input rate of 0.25 and without a floor:";

function row(results, [model, steps, floor]) {
  const setting = { floor };
  const cell = (method) => results.cell(model, method, steps, setting);
  // Above a floor the default begins above it as well.
  const control = floor === null ? "plain, margin" : "plain, margin, half";
  const [plain, corrected, l4] = [BASELINE, control, DEFAULT].map(cell);
  return [
    `${model}, ${floor ?? "none"}, ${steps}`,
    points(results.entry(model, setting).ann[0]),
    withError(results.limit(model, steps, setting)),
    withError(plain.accuracy),
    withError(corrected.accuracy),
    withError(l4.accuracy),
    withError(l4.lessPlain),
    short(plain.operations[0]),
    short(l4.operations[0]),
  ];
}

/** The README with the table and the answers that docs/results.json gives. */
export function withHeadline(readme, results) {
  if (!MARKS.test(readme)) throw new Error("README.md has no place for the figures of docs/results.json");
  const table = markdownTable(
    HEADS,
    ROWS.map((one) => row(results, one)),
  );
  const answers = inShort(results, "docs/results.md");
  return readme.replace(MARKS, (_, before, after) => `${before}${table}\n\n${SCOPE}\n\n${answers}${after}`);
}
