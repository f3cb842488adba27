/** One set of values over the x values of a chart. */
export interface Series {
  label: string;
  /** The colour: the name of a custom property of the page. */
  tone: string;
  values: readonly (number | null)[];
  kind: "line" | "points" | "bars";
  dashed?: boolean;
}

/** A plot as data: drawn on the page and written to files alike. */
export interface Chart {
  id: string;
  title: string;
  x: { label: string; values: readonly number[] };
  y: { label: string; range?: readonly [number, number] };
  series: readonly Series[];
  /** Pairs of series between which the plot is shaded. */
  bands?: readonly (readonly [upper: number, lower: number])[];
}
