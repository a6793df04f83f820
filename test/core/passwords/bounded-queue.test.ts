import { describe, expect, it } from 'vitest'
import {
  type BoundedQueueOptions,
  CallerLeft,
  createBoundedQueue,
  LEASE_MILLISECONDS,
  QueueFull,
} from '../../../src/core/passwords/bounded-queue.ts'

/** A task that goes on until it is told to end. */
function job() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { task: () => promise, end: resolve }
}
/** A queue whose callers stay, unless the test says otherwise. */
function queue(options: BoundedQueueOptions) {
  const through = createBoundedQueue(options)
  return <Result>(task: () => Promise<Result>, signal = new AbortController().signal) =>
    through(task, signal)
}
const soon = { maxWaiting: 2, maxWaitMilliseconds: 10 }
const later = { maxWaiting: 2, maxWaitMilliseconds: 60_000 }

describe('the gate', () => {
  it('runs as many as it is wide, the others in the order they came, and refuses the rest', async () => {
    const through = queue({ width: 1, ...later })
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
    const through = queue({ width: 1, ...soon })
    await expect(through(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await through(async () => 'next')).toBe('next')
  })

  it('sends away who has waited too long, and nobody else with them', async () => {
    const through = queue({ width: 1, ...soon })
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
    const through = queue({ width: 1, ...later, now: () => time })
    void through(job().task)
    const waiting = through(async () => 'waited')
    time = LEASE_MILLISECONDS + 1
    expect(await through(async () => 'came later')).toBe('came later')
    expect(await waiting).toBe('waited')
  })

  it('never runs the task of a caller that left, and gives the turn to who comes next', async () => {
    const through = queue({ width: 1, ...later })
    const ran: string[] = []
    const first = job()
    const running = through(first.task)
    const leaving = new AbortController()
    const left = through(async () => void ran.push('left'), leaving.signal)
    const next = through(async () => void ran.push('next'))
    leaving.abort()
    await expect(left).rejects.toThrow(CallerLeft)
    // Its place among those who wait is free as well.
    const another = through(async () => void ran.push('another'))
    first.end()
    await Promise.all([running, next, another])
    expect(ran).toEqual(['next', 'another'])
  })

  it('tells how busy it is, and how many it has refused', async () => {
    const through = createBoundedQueue({ width: 1, maxWaiting: 1, maxWaitMilliseconds: 10 })
    const { signal } = new AbortController()
    expect(through.load()).toEqual({ running: 0, waiting: 0, refused: 0 })
    const first = job()
    const running = through(first.task, signal)
    const late = through(job().task, signal)
    expect(through.load()).toEqual({ running: 1, waiting: 1, refused: 0 })
    await expect(through(job().task, signal)).rejects.toThrow(QueueFull)
    expect(through.load()).toEqual({ running: 1, waiting: 1, refused: 1 })
    await expect(late).rejects.toThrow(QueueFull)
    expect(through.load()).toEqual({ running: 1, waiting: 0, refused: 2 })
    // Who leaves was not refused.
    const leaving = new AbortController()
    const left = through(job().task, leaving.signal)
    leaving.abort()
    await expect(left).rejects.toThrow(CallerLeft)
    first.end()
    await running
    expect(through.load()).toEqual({ running: 0, waiting: 0, refused: 2 })
  })

  it('takes nobody who left before, and lets nobody use what came too late', async () => {
    const through = queue({ width: 1, ...later })
    let runs = 0
    await expect(through(async () => runs++, AbortSignal.abort())).rejects.toThrow(CallerLeft)
    expect(runs).toBe(0)

    const leaving = new AbortController()
    const slow = job()
    const left = through(slow.task, leaving.signal)
    leaving.abort()
    slow.end()
    await expect(left).rejects.toThrow(CallerLeft)
    expect(await through(async () => 'next')).toBe('next')
  })
})
