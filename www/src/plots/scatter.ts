import type { Chart, Series } from "./chart";

/** Points of one kind. */
interface Cloud {
  label: string;
  tone: string;
  hollow?: boolean;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  /** What point `i` is. */
  name: (index: number) => string;
}

/** More points of one kind than this hide each other. */
const MOST_POINTS = 1000;

/** Clouds of points over one axis, with the line on which both coordinates are equal. */
export function scatter(
  clouds: readonly Cloud[],
  rest: Pick<Chart, "id" | "title"> & { x: string; y: string; equal: string },
): Chart {
  const points = clouds.flatMap(({ x, y, name }, cloud) => {
    const stride = Math.ceil(x.length / MOST_POINTS);
    return Array.from({ length: Math.ceil(x.length / stride) }, (_, place) => {
      const index = place * stride;
      return { cloud, x: x[index] ?? 0, y: y[index] ?? 0, name: name(index) };
    });
  });
  const most = (values: number[]) => values.reduce((so, value) => Math.max(so, value), 0) * 1.05 || 1;
  const right = most(points.map(({ x }) => x));
  const top = most(points.map(({ y }) => y));
  const at = (x: number) => ({ cloud: -1, x, y: 0, name: "" });
  // The line of equality runs up to the edge of the plot, also where no point is.
  const edge = Math.min(right, top);
  const all = [at(0), ...points, at(edge), at(right)].sort((a, b) => a.x - b.x);
  const series: Series[] = clouds.map(({ label, tone, hollow }, cloud) => ({
    label,
    tone,
    kind: "points",
    ...(hollow && { hollow }),
    values: all.map((point) => (point.cloud === cloud ? point.y : null)),
  }));
  const equal = all.map(({ x }) => (x <= edge ? x : null));
  return {
    id: rest.id,
    title: rest.title,
    scatter: true,
    x: { label: rest.x, values: all.map(({ x }) => x), range: [0, right] },
    y: { label: rest.y, range: [0, top] },
    names: all.map(({ name }) => name),
    series: [...series, { label: rest.equal, tone: "--soft", kind: "line", dashed: true, values: equal }],
  };
}
