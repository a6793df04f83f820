import { describe, expect, it } from 'vitest'
import { type RateLimiter, workerGate } from '../../src/adapters/gate-worker.ts'
import { recordingLogger, silent } from '../support/logger.ts'

/** Stands for Cloudflare's side of the binding, where the real one would not fail (test/runtimes/workers-gate.test.ts). */
const binding = (limit: () => unknown) => ({ limit: limit as RateLimiter['limit'] })

describe('the gate of Workers', () => {
  it('is missing where nothing is bound', () => {
    expect(workerGate(undefined, silent)).toBeUndefined()
  })

  it('asks by the key that it is given, and says what the binding says', async () => {
    const asked: unknown[] = []
    const limiter: RateLimiter = {
      limit: async (options) => {
        asked.push(options)
        return { success: asked.length < 2 }
      },
    }
    const gate = workerGate(limiter, silent)
    expect([await gate?.('203.0.113.9'), await gate?.('203.0.113.9')]).toEqual([true, false])
    expect(asked).toEqual([{ key: '203.0.113.9' }, { key: '203.0.113.9' }])
  })

  it.each<[string, unknown]>([
    ['rejects', binding(() => Promise.reject(new TypeError('for 203.0.113.9')))],
    [
      'throws at once',
      binding(() => {
        throw new TypeError('for 203.0.113.9')
      }),
    ],
    ['is none', 'a variable of this name'],
  ])('lets pass where the binding %s, and says so once, without the key', async (_, broken) => {
    const { log, logger } = recordingLogger()
    const gate = workerGate(broken, logger)
    expect([await gate?.('203.0.113.9'), await gate?.('203.0.113.9')]).toEqual([true, true])
    expect(log).toEqual([
      {
        time: expect.any(String),
        ...{ level: 'warn', event: 'gate_failed', cause: 'TypeError' },
      },
    ])
  })

  it('lets pass where the answer says nothing', async () => {
    expect(
      await workerGate(
        binding(async () => ({})),
        silent,
      )?.('203.0.113.9'),
    ).toBe(true)
  })
})
