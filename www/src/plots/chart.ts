/** One set of values over the x values of a chart. */
export interface Series {
  label: string;
  /** The colour: the name of a custom property of the page. */
  tone: string;
  values: readonly (number | null)[];
  kind: "line" | "points" | "bars";
  dashed?: boolean;
  /** Points that are rings. */
  hollow?: boolean;
  /** Few points, which can be large. */
  large?: boolean;
}

/** A plot as data: drawn on the page and written to files alike. */
export interface Chart {
  id: string;
  title: string;
  x: {
    label: string;
    /** Rising. */
    values: readonly number[];
    range?: readonly [number, number];
    /** Names in place of numbers on the axis. */
    ticks?: readonly (readonly [at: number, name: string])[];
  };
  y: { label: string; range?: readonly [number, number] };
  series: readonly Series[];
  /** Pairs of series between which the plot is shaded. */
  bands?: readonly (readonly [upper: number, lower: number])[];
  /** What each x value stands for, where it is not just a place on the axis. */
  names?: readonly string[];
  /** Whether the points lie in the plane: the nearest one is read, alone. */
  scatter?: boolean;
}

/** Charts that are compared: over one range of y, which has room for the values of all. */
export function onOneScale(charts: readonly Chart[]): Chart[] {
  const values = charts.flatMap(({ series }) =>
    series.flatMap(({ values }) => values.filter((value) => value !== null)),
  );
  const low = values.reduce((so, value) => Math.min(so, value), 0);
  const high = values.reduce((so, value) => Math.max(so, value), 0);
  const room = (high - low || 1) * 0.06;
  const range = [low < 0 ? low - room : 0, high + room] as const;
  return charts.map((chart) => ({ ...chart, y: { ...chart.y, range } }));
}

/** A number as it is read. */
export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

/** What a chart says at one of its x values, in words. */
export function readAt({ x, series, names }: Chart, index: number): string {
  const said = series.flatMap(({ label, values }) => {
    const value = values[index];
    return value === null || value === undefined ? [] : [`${label} ${numberText(value)}`];
  });
  const place = names?.[index] ?? `${x.label} ${numberText(x.values[index])}`;
  return `${place}: ${said.join(", ") || "nothing"}`;
}
