const FIRST_MILLISECONDS = 100
const MAX_MILLISECONDS = 1_000

/** When the next attempt may be made: at once after a success or a first failure, later after each further one, and never for all at the same moment. */
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
    /** Attempts that were under way together fail as one. */
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
