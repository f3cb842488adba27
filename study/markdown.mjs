// Tables in Markdown.

const line = (cells) => `| ${cells.join(" | ")} |`;

/** A table with one head for each column. */
export const markdownTable = (heads, rows) =>
  [line(heads), `|${heads.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
