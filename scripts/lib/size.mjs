// Sizes as a browser downloads them, against what `scripts/budgets.json` allows. Raising a budget is a decision: say why.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { at, Trouble } from "./house.mjs";

const kilobytes = (bytes) => bytes / 1000;

/** The sum of the files as a host sends them: each packed with brotli on its own. */
function measure({ folder, endings }) {
  const files = readdirSync(at(folder), { recursive: true }).filter((name) =>
    endings.some((end) => name.endsWith(end)),
  );
  if (files.length === 0) throw new Trouble(`${folder} has no ${endings.join(", ")}: look at scripts/budgets.json.`);
  const contents = files.map((name) => readFileSync(at(join(folder, name))));
  const sum = (size) => kilobytes(contents.reduce((total, content) => total + size(content), 0));
  return { plain: sum((content) => content.length), packed: sum((content) => brotliCompressSync(content).length) };
}

/** Prints the table to standard output; fails when something is over its budget. */
export function checkSizes() {
  const budgets = JSON.parse(readFileSync(at("scripts", "budgets.json"), "utf8"));
  const rows = budgets.map((budget) => ({ ...budget, ...measure(budget) }));
  const number = (value) => value.toFixed(1).padStart(7);
  console.log(`${"kB".padEnd(32)}  plain  brotli  budget`);
  for (const { name, plain, packed, kilobytes } of rows) {
    console.log(`${name.padEnd(30)}${number(plain)} ${number(packed)} ${number(kilobytes)}`);
  }
  const over = rows.filter(({ packed, kilobytes }) => packed > kilobytes);
  if (over.length > 0) throw new Trouble(`Over budget: ${over.map(({ name }) => name).join("; ")}.`);
}
