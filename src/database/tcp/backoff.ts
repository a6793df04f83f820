const FIRST_MILLISECONDS = 100
const MAX_MILLISECONDS = 1_000

/**
 * Decides when the next attempt may start. That is at once after a success or a first failure, and later after each
 * further one. Half of the wait is random, so that several processes do not come at once.
 */
export function createBackoff(now = () => performance.now()) {
  let failures = 0
  let failedAt = Number.NEGATIVE_INFINITY
  let nextAt = Number.NEGATIVE_INFINITY
  return {
    isHealthy: () => failures === 0,
    isDue: () => now() >= nextAt,
    dueInMilliseconds: () => Math.max(0, Math.ceil(nextAt - now())),
    succeeded() {
      failures = 0
      nextAt = Number.NEGATIVE_INFINITY
    },
    /** Attempts that were in flight together count as one failure. */
    failed(begunAt: number) {
      if (begunAt < failedAt) return
      failedAt = now()
      const longest =
        failures === 0 ? 0 : Math.min(MAX_MILLISECONDS, FIRST_MILLISECONDS * 2 ** (failures - 1))
      failures++
      nextAt = failedAt + longest * (0.5 + Math.random() / 2)
    },
  }
}
