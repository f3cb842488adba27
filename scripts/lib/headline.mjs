// The figures of the README, taken from docs/results.md: nothing is typed twice.

const ROWS = [
  ["mnist-mlp", 100],
  ["mnist-mlp", 100, 0],
  ["mnist-mlp-small", 100],
  ["mnist-cnn", 100],
  ["mnist-cnn", 100, 0],
  ["mnist-cnn-max", 100],
  ["fashion-mlp", 100],
  ["fashion-mlp", 200],
  ["fashion-cnn", 100],
  ["fashion-cnn", 100, 0],
];

/** Where the table stands in the README: the first and the last line around it. */
const MARKS = /(<!-- Written by `npm run results`\. -->\n\n).*?(\n\n<!-- End\. -->)/s;

const HEAD = [
  "| model, floor | ANN % | input limit % | plain % | L4 % | L4 less plain, points | spikes, plain | spikes, L4 | operations, L4 of plain |",
  "|---|---|---|---|---|---|---|---|---|",
];

/** The lines of docs/results.md about one run. */
function sectionOf(results, [model, steps, floor]) {
  const section = results.split("\n## ").find((text) => {
    const command = text.slice(0, text.indexOf("\n"));
    const floored = command.includes("--floor 0");
    return command.includes(`--model ${model} --steps ${steps} `) && floored === (floor === 0);
  });
  if (!section) throw new Error(`docs/results.md has no run of ${model} with ${steps} steps`);
  return section;
}

function row(results, run) {
  const [model, steps, floor] = run;
  const section = sectionOf(results, run);
  const [, ann, limit] = section.match(/ANN ([\d.]+) .*? input limit ([\d.]+) /);
  const cells = (network) => {
    const line = section.split("\n").find((text) => text.startsWith(`| ${network} |`));
    return line.split("|").map((cell) => cell.trim());
  };
  const [plain, l4] = ["plain", "l4"].map(cells);
  const name = [model, floor === 0 ? "0" : "none", ...(steps === 100 ? [] : [`${steps} steps`])].join(", ");
  return `| ${[name, ann, limit, plain[2], l4[2], l4[3], plain[5], l4[5], Number(l4[8]).toFixed(2)].join(" | ")} |`;
}

/** The README with the table that docs/results.md gives. */
export function withHeadline(readme, results) {
  if (!MARKS.test(readme)) throw new Error("README.md has no place for the figures of docs/results.md");
  const table = [...HEAD, ...ROWS.map((run) => row(results, run))].join("\n");
  return readme.replace(MARKS, (_, before, after) => `${before}${table}${after}`);
}
