import { LIMITS, type LimitName } from '../../src/core/limits/limits.ts'

/** Limits that count, and that no test reaches unless it sets its own. */
export const GENEROUS = limitsOf({})

/** The value of `RATE_LIMITS` that has these counts an hour, and none that is reached otherwise. */
export function limitsOf(counts: Partial<Record<LimitName, number>>): string {
  return Object.keys(LIMITS)
    .map((name) => `${name}=${counts[name as LimitName] ?? 1_000_000}/1h`)
    .join(',')
}
