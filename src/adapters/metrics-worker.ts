import type { Metrics } from '../deps.ts'
import type { Logger } from '../utils/log.ts'

/** Cloudflare's binding of a dataset of Analytics Engine, as far as it is used. */
export type AnalyticsEngine = {
  writeDataPoint: (point: { indexes: string[]; blobs: string[]; doubles: number[] }) => void
}

/**
 * Returns what writes one data point a request, or undefined where no dataset is bound. A point that cannot be written
 * harms no answer, and is logged once in an isolate's life.
 */
export function workerMetrics(binding: unknown, logger: Logger): Metrics | undefined {
  if (binding === undefined) return undefined
  let hasFailed = false
  return {
    answered({ method, route, status, outcome, milliseconds }) {
      try {
        ;(binding as AnalyticsEngine).writeDataPoint({
          indexes: [route],
          blobs: [method, route, String(status), outcome],
          doubles: [milliseconds, 1],
        })
      } catch (error) {
        if (hasFailed) return
        hasFailed = true
        logger.warn('analytics_failed', {
          cause: error instanceof Error ? error.name : typeof error,
        })
      }
    },
  }
}
