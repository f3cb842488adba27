// Sizes as a browser downloads them, against what `scripts/budgets.json` allows. Raising a budget is a decision: say why.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { at, run, Trouble } from "./house.mjs";

const kilobytes = (bytes) => bytes / 1000;

/** The files of a folder with one of these endings, but for those of one name. */
function filesIn({ folder, endings = [], but }) {
  const names = readdirSync(at(folder), { recursive: true }).filter(
    (name) => endings.some((end) => name.endsWith(end)) && !(but && name.includes(but)),
  );
  return names.map((name) => readFileSync(at(folder, name)));
}

/** What a script or a page cannot begin without: not what it imports later. */
const REFERENCES = {
  ".html": /(?:src|href)="\.\/([^"]+\.(?:js|css))"/g,
  ".js": /(?:from|import)"\.\/([^"]+\.js)"|new URL\([`"']([^`"']+\.js)[`"'],import\.meta\.url\)/g,
};

/** The code and style that a built page begins with, or all that comes later. */
function codeOf({ folder, code }) {
  const first = new Set(["index.html"]);
  // Files that are found while this goes on have their turn as well.
  for (const name of first) {
    const references = REFERENCES[extname(name)];
    if (!references) continue;
    for (const [, plain, address] of readFileSync(at(folder, name), "utf8").matchAll(references)) {
      first.add(join(dirname(name), plain ?? address));
    }
  }
  const all = readdirSync(at(folder), { recursive: true }).filter((name) => /\.(html|js|css)$/.test(name));
  return all.filter((name) => first.has(name) === (code === "first")).map((name) => readFileSync(at(folder, name)));
}

/** Entries of the package as a bundler makes them, each with all that it imports. */
async function bundlesOf({ entries }) {
  const out = mkdtempSync(join(tmpdir(), "quartic-snn-size-"));
  try {
    const inputs = entries.map((entry) => at("pkg", "dist", entry));
    const form = ["--bundle", "--minify", "--format=esm", "--log-level=error"];
    await run("esbuild", [...inputs, ...form, `--outdir=${out}`]);
    return readdirSync(out).map((name) => readFileSync(join(out, name)));
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** The sum of the files as a host sends them: each packed with brotli on its own. */
async function measure(budget) {
  const contents = budget.entries ? await bundlesOf(budget) : filesIn(budget);
  if (budget.code) contents.push(...codeOf(budget));
  if (contents.length === 0) throw new Trouble(`Nothing to measure for ${budget.name}: look at scripts/budgets.json.`);
  const sum = (size) => kilobytes(contents.reduce((total, content) => total + size(content), 0));
  return { ...budget, plain: sum((content) => content.length), packed: sum((c) => brotliCompressSync(c).length) };
}

/** Prints the table to standard output; fails when something is over its budget, or the README says something else. */
export async function checkSizes() {
  const rows = [];
  for (const budget of JSON.parse(readFileSync(at("scripts", "budgets.json"), "utf8")))
    rows.push(await measure(budget));
  const number = (value) => value.toFixed(1).padStart(7);
  console.log(`${"kB".padEnd(40)}  plain  brotli  budget`);
  for (const { name, plain, packed, kilobytes } of rows) {
    console.log(`${name.padEnd(38)}${number(plain)} ${number(packed)} ${number(kilobytes)}`);
  }
  const over = rows.filter(({ packed, kilobytes }) => packed > kilobytes);
  if (over.length > 0) throw new Trouble(`Over budget: ${over.map(({ name }) => name).join("; ")}.`);
  const readme = readFileSync(at("pkg", "README.md"), "utf8");
  const told = rows.filter(({ readme }) => readme).map(({ readme, kilobytes }) => `| ${readme} | ${kilobytes} kB |`);
  const missing = told.filter((row) => !readme.includes(row));
  if (missing.length > 0) throw new Trouble(`pkg/README.md does not have these sizes:\n${missing.join("\n")}`);
}
