const FIRST_MILLISECONDS = 100
const MAX_MILLISECONDS = 1_000

/** When the next attempt may be made: at once after a success or the first failure, later after each further one, and never for all at the same moment. */
export function createBackoff(now = () => performance.now()) {
  let failures = 0
  let nextAt = Number.NEGATIVE_INFINITY
  return {
    isHealthy: () => failures === 0,
    isDue: () => now() >= nextAt,
    succeeded() {
      failures = 0
      nextAt = Number.NEGATIVE_INFINITY
    },
    failed() {
      const longest =
        failures === 0 ? 0 : Math.min(MAX_MILLISECONDS, FIRST_MILLISECONDS * 2 ** (failures - 1))
      failures++
      nextAt = now() + longest * (0.5 + Math.random() / 2)
    },
  }
}
