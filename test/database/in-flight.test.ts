import { describe, expect, it } from 'vitest'
import { createUnderWay } from '../../src/database/in-flight.ts'

const LEASE = 1_000

describe('what is under way', () => {
  it('is so until the last task settles, however it does', async () => {
    const underWay = createUnderWay(LEASE)
    const first = Promise.withResolvers<string>()
    const second = Promise.withResolvers<string>()
    expect(underWay.isAny()).toBe(false)
    const running = [underWay.run(() => first.promise), underWay.run(() => second.promise)]
    second.reject(new Error('failed'))
    await expect(running[1]).rejects.toThrow('failed')
    expect(underWay.isAny()).toBe(true)
    first.resolve('answer')
    expect(await running[0]).toBe('answer')
    expect(underWay.isAny()).toBe(false)
  })

  it('ends with its lease where a task never settles', () => {
    let now = 0
    const underWay = createUnderWay(LEASE, () => now)
    const begin = () => void underWay.run(() => new Promise<never>(() => {}))
    begin()
    now = LEASE - 1
    begin()
    expect(underWay.isAny()).toBe(true)
    now = LEASE
    expect(underWay.isAny()).toBe(true)
    now = 2 * LEASE - 1
    expect(underWay.isAny()).toBe(false)
  })
})
