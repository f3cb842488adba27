/** Pearson's correlation; none where one of both does not vary. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number | undefined {
  const count = x.length;
  const mean = (values: ArrayLike<number>) => sum(count, (index) => values[index] ?? 0) / count;
  const [meanX, meanY] = [mean(x), mean(y)];
  const apart = (values: ArrayLike<number>, middle: number) => (index: number) => (values[index] ?? 0) - middle;
  const [offX, offY] = [apart(x, meanX), apart(y, meanY)];
  const together = sum(count, (index) => offX(index) * offY(index));
  const spread = Math.sqrt(sum(count, (index) => offX(index) ** 2) * sum(count, (index) => offY(index) ** 2));
  // Sums of floats that are all alike differ by rounding only.
  return spread > 1e-9 * count * Math.abs(meanX * meanY) ? together / spread : undefined;
}

function sum(count: number, term: (index: number) => number): number {
  let total = 0;
  for (let index = 0; index < count; index += 1) total += term(index);
  return total;
}

/** How many of each set lie in bins that all sets share. */
export function histogram(
  sets: readonly ArrayLike<number>[],
  bins: number,
): { middles: number[]; width: number; counts: number[][] } {
  const [low, high] = extent(sets);
  // Where all are alike, one bin in the middle of a few has them.
  const width = high > low ? (high - low) / bins : Math.abs(high) / bins || 1;
  const start = high > low ? low : low - (Math.floor(bins / 2) + 0.5) * width;
  const counts = sets.map((set) => {
    const filled = Array.from({ length: bins }, () => 0);
    for (let index = 0; index < set.length; index += 1) {
      const bin = Math.max(0, Math.min(bins - 1, Math.floor(((set[index] ?? 0) - start) / width)));
      filled[bin] = (filled[bin] ?? 0) + 1;
    }
    return filled;
  });
  return { middles: Array.from({ length: bins }, (_, bin) => start + (bin + 0.5) * width), width, counts };
}

/** The smallest and the largest value of some sets. */
export function extent(sets: readonly ArrayLike<number>[]): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const set of sets) {
    for (let index = 0; index < set.length; index += 1) {
      low = Math.min(low, set[index] ?? low);
      high = Math.max(high, set[index] ?? high);
    }
  }
  return low <= high ? [low, high] : [0, 0];
}
