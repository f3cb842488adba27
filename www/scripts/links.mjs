// What a link to the page can say, as a table made of the parameters that also make its controls.

import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const PARAMETERS = fileURLToPath(new URL("../src/parameters.ts", import.meta.url));

/** Where the table stands in the guide. */
const MARKS = /(<!-- Written by `npm run links`\. -->\n\n).*?(\n\n<!-- End\. -->)/s;

function valuesOf({ kind, min, max, step, unit, choices }) {
  if (kind === "choice") return choices.map(({ value, label }) => `\`${value}\` (${label})`).join(", ");
  const range = `${min.toLocaleString("en")} to ${max.toLocaleString("en")}`;
  return kind === "whole" ? `whole numbers, ${range}` : `${range} ${unit} in steps of ${step}`.replace("  ", " ");
}

/** The guide with the table as the parameters are now. */
export async function withTable(guide) {
  const { module } = await runnerImport(PARAMETERS);
  const rows = module.parameters.map((parameter) => {
    const { id, label, hint } = parameter;
    const usual = module.defaults[id] === null ? "as the other settings ask for" : `\`${module.defaults[id]}\``;
    return `| \`${id}\` | ${label}. ${hint} | ${valuesOf(parameter)} | ${usual} |`;
  });
  const table = ["| key | what | values | where it is not said |", "|---|---|---|---|", ...rows].join("\n");
  return guide.replace(MARKS, (_, before, after) => `${before}${table}${after}`);
}
