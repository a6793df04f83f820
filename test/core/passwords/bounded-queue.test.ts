import { describe, expect, it } from 'vitest'
import {
  createBoundedQueue,
  LEASE_MILLISECONDS,
  QueueFull,
} from '../../../src/core/passwords/bounded-queue.ts'

/** A task that goes on until it is told to end. */
function job() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { task: () => promise, end: resolve }
}
const soon = { maxWaiting: 2, maxWaitMilliseconds: 10 }
const later = { maxWaiting: 2, maxWaitMilliseconds: 60_000 }

describe('the gate', () => {
  it('runs as many as it is wide, the others in the order they came, and refuses the rest', async () => {
    const through = createBoundedQueue({ width: 1, ...later })
    const order: number[] = []
    const first = job()
    const running = through(first.task)
    const waiting = [1, 2].map((at) => through(async () => void order.push(at)))
    await expect(through(async () => {})).rejects.toThrow(QueueFull)
    first.end()
    await Promise.all([running, ...waiting])
    expect(order).toEqual([1, 2])
  })

  it('gives the place back when a task fails', async () => {
    const through = createBoundedQueue({ width: 1, ...soon })
    await expect(through(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await through(async () => 'next')).toBe('next')
  })

  it('sends away who has waited too long, and nobody else with them', async () => {
    const through = createBoundedQueue({ width: 1, ...soon })
    const first = job()
    const running = through(first.task)
    await expect(through(async () => {})).rejects.toThrow(QueueFull)
    const patient = through(async () => 'served')
    first.end()
    await running
    expect(await patient).toBe('served')
  })

  it('takes the place of a task that was cancelled without a word', async () => {
    let time = 0
    const through = createBoundedQueue({ width: 1, ...later, now: () => time })
    void through(job().task)
    const waiting = through(async () => 'waited')
    time = LEASE_MILLISECONDS + 1
    expect(await through(async () => 'came later')).toBe('came later')
    expect(await waiting).toBe('waited')
  })
})
