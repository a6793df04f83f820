import { expect, it } from 'vitest'
import { createClock } from '../../src/database/clock.ts'

const DATABASE = Date.UTC(2026, 0, 31, 12)

/** A clock over times that only the test moves. */
function makeClock() {
  const time = { wall: DATABASE - 3_600_000, monotonic: 1_000 }
  const warned: number[] = []
  let asked = 0
  const clock = createClock(
    async () => {
      asked++
      clock.learn(DATABASE, time.monotonic)
    },
    {
      wall: () => time.wall,
      monotonic: () => time.monotonic,
      onWrong: (seconds) => warned.push(seconds),
    },
  )
  const pass = (milliseconds: number) => {
    time.wall += milliseconds
    time.monotonic += milliseconds
  }
  return { clock, time, warned, pass, asked: () => asked, at: () => clock.now().getTime() }
}

it('is this machine’s until the database told its own, and the database’s then', () => {
  const { clock, time, at, pass } = makeClock()
  expect([clock.isKnown(), at()]).toEqual([false, time.wall])
  clock.learn(DATABASE, time.monotonic)
  expect([clock.isKnown(), at()]).toEqual([true, DATABASE])
  pass(5_000)
  expect(at()).toBe(DATABASE + 5_000)
})

it('is moved no further than an answer proves it wrong', () => {
  const { clock, time, at, pass } = makeClock()
  clock.learn(DATABASE, time.monotonic)
  const askedAt = time.monotonic
  pass(2_000)
  // The answer took two seconds: the database may have said so at the beginning or at the end of them.
  clock.learn(DATABASE + 1_000, askedAt)
  expect(at()).toBe(DATABASE + 2_000)
  clock.learn(DATABASE + 9_000, askedAt)
  expect(at()).toBe(DATABASE + 9_000)
  clock.learn(DATABASE - 60_000, askedAt)
  expect(at()).toBe(DATABASE - 58_000)
})

it('goes on while the machine’s clock is set, but asks before it is believed', async () => {
  const { clock, time, at, asked } = makeClock()
  clock.learn(DATABASE, time.monotonic)
  time.wall += 3_600_000
  expect([at(), clock.isKnown()]).toEqual([DATABASE, false])
  expect([await clock.confirm(), asked(), clock.isKnown()]).toEqual([true, 1, true])
})

it('asks at most every few seconds', async () => {
  const { clock, pass, asked } = makeClock()
  expect([await clock.confirm(), await clock.confirm()]).toEqual([true, false])
  pass(4_900)
  expect(await clock.confirm()).toBe(false)
  pass(200)
  expect(await clock.confirm()).toBe(true)
  expect(asked()).toBe(2)
})

it('tells of a difference of more than a minute, once an hour', () => {
  const { clock, time, warned, pass } = makeClock()
  time.wall = DATABASE + 59_000
  clock.learn(DATABASE, time.monotonic)
  expect(warned).toEqual([])
  time.wall = DATABASE - 61_000
  clock.learn(DATABASE, time.monotonic)
  pass(3_599_000)
  clock.learn(DATABASE + 3_599_000, time.monotonic)
  expect(warned).toEqual([-61])
  pass(2_000)
  clock.learn(DATABASE + 3_601_000, time.monotonic)
  expect(warned).toEqual([-61, -61])
})
