/** The median of measurements and their interquartile range. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Returns a quantile of a sorted list, interpolated between neighboring values, or NaN for an empty list. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const [below = Number.NaN, above = Number.NaN] = [
    sorted[Math.floor(position)],
    sorted[Math.ceil(position)],
  ];
  return below + (above - below) * (position - Math.floor(position));
}

/** Returns undefined if the list is empty. */
export function summarize(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    count: sorted.length,
  };
}
