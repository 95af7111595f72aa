/** The value below which the share `q` of `values` lies: 0.5 gives the median. NaN where there are none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

/** The middle of `values`: what a burst of somebody else's work on the machine doesn't move. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** For people: three digits that matter, and commas in what is large. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
