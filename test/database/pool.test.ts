import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { DatabaseUnavailable } from '../../src/database/errors.ts'
import type { Sent } from '../../src/database/send.ts'
import { createPool, type PoolOptions } from '../../src/database/tcp/pool.ts'
import type { PoolConnection, Statement } from '../../src/database/tcp/pool-connection.ts'

const MINUTE = 60_000
const GOODBYE_MILLISECONDS = 100
const ANSWER = { fields: [], rows: [] }

type OnEnd = (connection: PoolConnection) => void
/** A connection of the test's own, whose answers the test gives. */
type Opened = PoolConnection & {
  sent: Statement[]
  answer: () => void
  fail: (code: string) => void
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A pool over connections that the test opens, answers and breaks. */
function makePool(options: Partial<PoolOptions> = {}) {
  const opened: Opened[] = []
  const ended: PoolConnection[] = []
  const cancelled: PoolConnection[] = []
  let refusal: Error | undefined
  let attempts = 0

  const open = async (onEnd: OnEnd): Promise<PoolConnection> => {
    attempts++
    await Promise.resolve()
    if (refusal) throw refusal
    const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
    const { promise: gone, resolve: haveGone } = Promise.withResolvers<void>()
    let isGone = false
    const go = () => {
      if (isGone) return
      isGone = true
      for (const { reject } of waiting.splice(0))
        reject(new DatabaseUnavailable('', 'CONNECTION_ENDED'))
      onEnd(connection)
      haveGone()
    }
    const connection: Opened = {
      ...{ inFlight: 0, writing: 0, movedAt: performance.now(), openedAt: performance.now() },
      hasServed: false,
      sent: [],
      send(statement) {
        connection.sent.push(statement)
        return new Promise((resolve, reject) =>
          waiting.push({ resolve: () => resolve(ANSWER), reject }),
        )
      },
      answer() {
        waiting.shift()?.resolve()
      },
      fail: (code) => waiting.shift()?.reject(Object.assign(new Error(code), { code })),
      // A goodbye takes its time.
      end() {
        ended.push(connection)
        setTimeout(go, GOODBYE_MILLISECONDS)
      },
      gone,
      destroy: go,
      cancel() {
        cancelled.push(connection)
        go()
      },
    }
    opened.push(connection)
    return connection
  }
  const pool = createPool({
    ...{ size: 4, open, isExclusive: false, nameOf: () => undefined, onSwapped: () => {} },
    ...options,
  })
  return {
    ...pool,
    opened,
    ended,
    cancelled,
    attempts: () => attempts,
    refuse: (error: Error | undefined) => {
      refusal = error
    },
  }
}

const read: Sent = { text: 'r', params: [], kind: 'read', isPrepared: true, userId: 'u' }
const write = (userId?: string): Sent => ({ ...read, text: 'w', kind: 'write', userId })

/** Lets everything happen that waits for nothing. */
const settle = () => vi.advanceTimersByTimeAsync(0)
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: { code?: string }) => error.code,
  )

it('opens one connection for many reads, and one more for each write beside them', async () => {
  const pool = makePool()
  for (let at = 0; at < 9; at++) void pool.send(read)
  await settle()
  expect(pool.opened.map(({ sent }) => sent.length)).toEqual([9])
  for (const userId of ['a', 'b', 'c', 'd', 'e']) void pool.send(write(userId))
  await settle()
  // The first was the only one when the first write came; the fifth has to wait.
  expect(pool.opened.map(({ writing }) => writing)).toEqual([1, 1, 1, 1])
})

it('tells how busy it is', async () => {
  const pool = makePool({ size: 1 })
  expect(pool.load()).toEqual({ connections: 0, running: 0, waiting: 0, most: 1 })
  const sent = [pool.send(read), pool.send(write('a')), pool.send(write('b'))]
  expect(pool.load()).toEqual({ connections: 0, running: 0, waiting: 3, most: 1 })
  await settle()
  const { running, waiting } = pool.load()
  expect([running + waiting, waiting > 0]).toEqual([3, true])
  for (const promise of sent) {
    pool.opened[0]?.answer()
    await promise
  }
  expect(pool.load()).toEqual({ connections: 1, running: 0, waiting: 0, most: 1 })
})

it('sends two writes of one user one after the other, and others’ beside them', async () => {
  const pool = makePool()
  const first = pool.send(write('a'))
  const second = pool.send(write('a'))
  void pool.send(write('b'))
  await settle()
  const texts = () => pool.opened.map(({ sent }) => sent.length)
  expect(texts()).toEqual([1, 1])
  pool.opened[0]?.answer()
  await first
  await settle()
  expect(texts().reduce((sum, count) => sum + count)).toBe(3)
  pool.opened.forEach((connection) => {
    connection.answer()
    connection.answer()
  })
  expect(await outcome(second)).toBe('answered')
})

it('leaves the statements of connections that cannot be opened to those that are', async () => {
  const pool = makePool()
  const first = pool.send(write('a'))
  await settle()
  pool.refuse(Object.assign(new Error('too many'), { code: '53300' }))
  const others = ['b', 'c', 'd'].map((userId) => pool.send(write(userId)))
  await settle()
  const outcomes = Promise.all([first, ...others].map(outcome))
  for (let at = 0; at < 4; at++) {
    pool.opened[0]?.answer()
    await settle()
  }
  expect(await outcomes).toEqual(Array(4).fill('answered'))
  expect(pool.opened).toHaveLength(1)
})

it('fails at once while no connection can be opened, and tries one at a time, ever less often', async () => {
  const pool = makePool()
  pool.refuse(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
  for (let at = 0; at < 200; at++) {
    const outcomes = await Promise.all([pool.send(read), pool.send(write('a'))].map(outcome))
    expect(outcomes).toEqual(['ECONNREFUSED', 'ECONNREFUSED'])
    await vi.advanceTimersByTimeAsync(50)
  }
  // Ten seconds: a few tries soon after another, then one or two a second.
  expect(pool.attempts()).toBeGreaterThan(9)
  expect(pool.attempts()).toBeLessThan(26)
  pool.refuse(undefined)
  await vi.advanceTimersByTimeAsync(1_000)
  const answered = outcome(pool.send(read))
  await settle()
  pool.opened[0]?.answer()
  expect(await answered).toBe('answered')
})

it('counts a connection that breaks under its first statement as one that could not be opened', async () => {
  const pool = makePool()
  for (let at = 0; at < 100; at++) {
    const failed = outcome(pool.send(read))
    await settle()
    pool.opened.at(-1)?.destroy()
    expect(await failed).toBe('CONNECTION_ENDED')
    await vi.advanceTimersByTimeAsync(20)
  }
  expect(pool.attempts()).toBeLessThan(15)
})

it('cancels what is not answered in time, and takes its connection for dead', async () => {
  const pool = makePool()
  const slow = outcome(pool.send(read))
  const behind = outcome(pool.send(write('a')))
  await settle()
  await vi.advanceTimersByTimeAsync(4_001)
  expect(await slow).toBe('ANSWER_TIMEOUT')
  expect(await behind).toMatch(/ANSWER_TIMEOUT|CONNECTION_ENDED/)
  expect(pool.cancelled.length).toBeGreaterThan(0)
  const next = outcome(pool.send(read))
  await settle()
  pool.opened.at(-1)?.answer()
  expect(await next).toBe('answered')
})

it('refuses more than may wait', async () => {
  const pool = makePool()
  for (let at = 0; at < 1_000; at++) void pool.send(read).catch(() => {})
  await expect(pool.send(read)).rejects.toMatchObject({ code: 'TOO_MANY_STATEMENTS' })
})

it('lets no connection live for longer than half an hour, and loses nothing by it', async () => {
  const pool = makePool()
  const early = pool.send(read)
  await settle()
  pool.opened[0]?.answer()
  await early
  await vi.advanceTimersByTimeAsync(29 * MINUTE)
  const middle = outcome(pool.send(read))
  await settle()
  expect(pool.opened).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(pool.ended).toEqual([])
  pool.opened[0]?.answer()
  expect(await middle).toBe('answered')
  await vi.advanceTimersByTimeAsync(MINUTE)
  const late = outcome(pool.send(read))
  await settle()
  expect([pool.opened.length, pool.ended]).toEqual([2, [pool.opened[0]]])
  pool.opened[1]?.answer()
  expect(await late).toBe('answered')
})

it('keeps those waiting who come while the only connections say goodbye', async () => {
  const pool = makePool({ size: 1 })
  const failed = outcome(pool.send(write('a')))
  await settle()
  await vi.advanceTimersByTimeAsync(1_500)
  pool.opened[0]?.fail('25006')
  expect(await failed).toBe('25006')
  const next = outcome(pool.send(write('a')))
  await settle()
  expect([pool.opened.length, pool.ended.length]).toEqual([1, 1])
  await vi.advanceTimersByTimeAsync(GOODBYE_MILLISECONDS)
  expect(pool.opened).toHaveLength(2)
  pool.opened[1]?.answer()
  expect(await next).toBe('answered')
})

it('opens anew one after another those that were opened together', async () => {
  const pool = makePool({ size: 3 })
  const burst = [read, write('a'), write('b'), write('c')].map((sent) => pool.send(sent))
  await settle()
  for (let at = 0; at < 3; at++) for (const connection of pool.opened) connection.answer()
  await Promise.all(burst)
  await vi.advanceTimersByTimeAsync(31 * MINUTE)
  for (let second = 0; second < 3; second++) {
    const asked = outcome(pool.send(read))
    await settle()
    for (const connection of pool.opened) connection.answer()
    expect(await asked).toBe('answered')
    expect(pool.ended).toHaveLength(second + 1)
    await vi.advanceTimersByTimeAsync(1_001)
  }
})

it('gives what waited long its whole time, and ends no connection that answers others', async () => {
  const pool = makePool({ size: 1 })
  const first = outcome(pool.send(write('a')))
  const second = outcome(pool.send(write('b')))
  await settle()
  await vi.advanceTimersByTimeAsync(2_900)
  pool.opened[0]?.answer()
  expect(await first).toBe('answered')
  await vi.advanceTimersByTimeAsync(3_900)
  expect(pool.cancelled).toEqual([])
  pool.opened[0]?.answer()
  expect(await second).toBe('answered')
  const reads = Array.from({ length: 8 }, () => outcome(pool.send(read)))
  for (let at = 0; at < 8; at++) {
    await vi.advanceTimersByTimeAsync(900)
    pool.opened[0]?.answer()
  }
  expect((await Promise.all(reads)).slice(3, 5)).toEqual(['answered', 'ANSWER_TIMEOUT'])
  expect(pool.cancelled).toEqual([])
})

it('lets no user keep more writes waiting than a person has, and none of them holds up others', async () => {
  const pool = makePool()
  const mine = Array.from({ length: 200 }, () => outcome(pool.send(write('a'))))
  const other = outcome(pool.send(write('b')))
  const reading = outcome(pool.send(read))
  expect(new Set(await Promise.all(mine.slice(65)))).toEqual(new Set(['TOO_MANY_OF_ONE_USER']))
  for (let round = 0; round < 3; round++) {
    await settle()
    for (const connection of pool.opened) connection.answer()
  }
  expect([await other, await reading]).toEqual(['answered', 'answered'])
})

it.each(['25006', '0A000', '26000', '42P05'])(
  'after %s opens all sessions anew, but the young',
  async (code) => {
    let swaps = 0
    const pool = makePool({ onSwapped: () => swaps++ })
    const ask = async () => {
      const asked = outcome(pool.send(write('a')))
      await settle()
      pool.opened.at(-1)?.fail(code)
      return asked
    }
    expect(await ask()).toBe(code)
    expect(pool.ended).toEqual([])
    await vi.advanceTimersByTimeAsync(1_500)
    expect(await ask()).toBe(code)
    expect(pool.ended).toHaveLength(1)
    expect(await ask()).toBe(code)
    expect(pool.opened).toHaveLength(2)
    expect(swaps).toBe(code === '26000' || code === '42P05' ? 3 : 0)
  },
)

it('behind a pooler sends nothing before the last answer has come', async () => {
  const pool = makePool({ isExclusive: true, size: 2 })
  for (let at = 0; at < 5; at++) void pool.send(read)
  await settle()
  await settle()
  for (let at = 0; at < 5; at++) {
    expect(Math.max(...pool.opened.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(1)
    for (const connection of pool.opened) connection.answer()
    await settle()
  }
  expect(pool.opened.flatMap(({ sent }) => sent)).toHaveLength(5)
})

it('lets what is in flight be answered when it is closed, and refuses the rest', async () => {
  const pool = makePool({ size: 1 })
  const first = outcome(pool.send(write('a')))
  const waiting = outcome(pool.send(write('b')))
  await settle()
  const closed = pool.close()
  expect(await waiting).toBe('POOL_CLOSED')
  pool.opened[0]?.answer()
  expect(await first).toBe('answered')
  await vi.advanceTimersByTimeAsync(GOODBYE_MILLISECONDS)
  await closed
  await expect(pool.send(read)).rejects.toMatchObject({ code: 'POOL_CLOSED' })
})
