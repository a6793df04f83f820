import { describe, expect, it } from 'vitest'
import { type AnalyticsEngine, workerMetrics } from '../../src/adapters/metrics-worker.ts'
import type { Answered } from '../../src/deps.ts'
import { recordingLogger, silent } from '../support/logger.ts'

const REQUEST: Answered = {
  ...{ method: 'POST', route: '/auth/login', status: 401 },
  ...{ outcome: 'wrong_password', milliseconds: 12.5 },
}

/** Stands for Cloudflare's side of the binding, where the real one would not fail. */
const binding = (writeDataPoint: AnalyticsEngine['writeDataPoint']) => ({ writeDataPoint })

describe('the metrics of Workers', () => {
  it('are missing where no dataset is bound', () => {
    expect(workerMetrics(undefined, silent)).toBeUndefined()
  })

  it('write one data point a request', () => {
    const points: unknown[] = []
    const metrics = workerMetrics(
      binding((point) => void points.push(point)),
      silent,
    )
    metrics?.answered(REQUEST)
    expect(points).toEqual([
      {
        indexes: ['/auth/login'],
        blobs: ['POST', '/auth/login', '401', 'wrong_password'],
        doubles: [12.5, 1],
      },
    ])
  })

  it.each<[string, unknown]>([
    [
      'throws',
      binding(() => {
        throw new TypeError('for /auth/login')
      }),
    ],
    ['is none', 'a variable of this name'],
  ])('harm nothing where the binding %s, and say so once', (_, broken) => {
    const { log, logger } = recordingLogger()
    const metrics = workerMetrics(broken, logger)
    for (let times = 0; times < 2; times++) metrics?.answered(REQUEST)
    expect(log).toEqual([
      {
        time: expect.any(String),
        ...{ level: 'warn', event: 'analytics_failed', cause: 'TypeError' },
      },
    ])
  })
})
