import type { Chart } from "./chart";

/** Rows of cells as CSV; what could be mistaken for more than one cell is quoted. */
export function csvOf(rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null) => {
    const text = value === null ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${rows.map((row) => row.map(cell).join()).join("\n")}\n`;
}

/** The values of a chart: one row for each x value, one column for each series. */
export function chartAsCsv({ x, series, names }: Chart): string {
  const head = [x.label, ...(names ? ["name"] : []), ...series.map(({ label }) => label)];
  const rows = x.values.map((at, index) => [
    at,
    ...(names ? [names[index] ?? ""] : []),
    ...series.map(({ values }) => values[index] ?? null),
  ]);
  return csvOf([head, ...rows]);
}
