import type { Chart } from "./chart";

/** Rows of cells as CSV; what could be mistaken for more than one cell is quoted. */
export function csvOf(rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null) => {
    const text = value === null ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${rows.map((row) => row.map(cell).join()).join("\n")}\n`;
}

/** As many digits as floats have that were added up, and none of their rounding. */
const plainNumber = (value: number | null | undefined) => (value == null ? null : Number(value.toPrecision(12)));

/**
 * The values of a chart: one row for each x value, or for each name where these stand for it, and one column for each
 * series. What several series say of the same is one row.
 */
export function chartAsCsv({ x, y, series, names }: Chart): string {
  const cells = (at: string | number | null, name: string, values: readonly (string | number | null)[]) => [
    ...(x.ticks ? [] : [at]),
    ...(names ? [name] : []),
    ...values,
  ];
  const head = cells(
    x.label,
    "name",
    series.map(({ label }) => `${label} [${y.label}]`),
  );
  const places = new Map<string, number[]>();
  for (const [index, at] of x.values.entries()) {
    const of = names ? cells(at, names[index] ?? "", []).join("\n") : String(index);
    places.set(of, [...(places.get(of) ?? []), index]);
  }
  const rows = [...places.values()].map((indices) => {
    const [first = 0] = indices;
    const known = ({ values }: Chart["series"][number]) => indices.find((index) => values[index] != null);
    return cells(
      plainNumber(x.values[first]),
      names?.[first] ?? "",
      series.map((one) => plainNumber(one.values[known(one) ?? first])),
    );
  });
  return csvOf([head, ...rows]);
}
