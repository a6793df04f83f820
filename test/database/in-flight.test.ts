import { describe, expect, it } from 'vitest'
import { createInFlight } from '../../src/database/in-flight.ts'

const LEASE = 1_000

describe('what is in flight', () => {
  it('is so until the last task settles, however it does', async () => {
    const inFlight = createInFlight(LEASE)
    const first = Promise.withResolvers<string>()
    const second = Promise.withResolvers<string>()
    expect(inFlight.isBusy()).toBe(false)
    const running = [inFlight.run(() => first.promise), inFlight.run(() => second.promise)]
    second.reject(new Error('failed'))
    await expect(running[1]).rejects.toThrow('failed')
    expect(inFlight.isBusy()).toBe(true)
    first.resolve('answer')
    expect(await running[0]).toBe('answer')
    expect(inFlight.isBusy()).toBe(false)
  })

  it('ends with its lease where a task never settles', () => {
    let now = 0
    const inFlight = createInFlight(LEASE, () => now)
    const begin = () => void inFlight.run(() => new Promise<never>(() => {}))
    begin()
    now = LEASE - 1
    begin()
    expect(inFlight.isBusy()).toBe(true)
    now = LEASE
    expect(inFlight.isBusy()).toBe(true)
    now = 2 * LEASE - 1
    expect(inFlight.isBusy()).toBe(false)
  })
})
