/** Returns the middle value, or the mean of the two middle ones. */
export function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const [lower = Number.NaN, upper = lower] = sorted.slice((sorted.length - 1) >> 1)
  return sorted.length % 2 === 0 ? (lower + upper) / 2 : lower
}

/** Returns the value below which the given share (0 to 1) of the sorted values lie. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Formats a number for people, with only the significant digits. */
export function shown(value: number, unit = ''): string {
  if (!Number.isFinite(value)) return '–'
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  const text = value.toLocaleString('en-US', {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  })
  return unit === '' ? text : `${text} ${unit}`
}
