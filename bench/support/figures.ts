/** The middle value, or what lies halfway between the two middle ones. */
export function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const [lower = Number.NaN, upper = lower] = sorted.slice((sorted.length - 1) >> 1)
  return sorted.length % 2 === 0 ? (lower + upper) / 2 : lower
}

/** The value below which the given share (0 to 1) of already sorted values lie. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** A number as people read it: no more digits than mean something. */
export function shown(value: number, unit = ''): string {
  if (!Number.isFinite(value)) return '–'
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  const text = value.toLocaleString('en-US', {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  })
  return unit === '' ? text : `${text} ${unit}`
}
