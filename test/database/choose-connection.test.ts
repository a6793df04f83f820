import { expect, it } from 'vitest'
import {
  chooseConnection,
  chooseIdle,
  type Load,
} from '../../src/database/tcp/choose-connection.ts'

const justNow = performance.now()
const longAgo = justNow - 60_000
const IDLE: Load = { inFlight: 0, writing: 0, movedAt: longAgo }
const reading: Load = { inFlight: 3, writing: 0, movedAt: justNow }
const writing: Load = { inFlight: 1, writing: 1, movedAt: justNow }
const stalled: Load = { inFlight: 1, writing: 1, movedAt: longAgo }

const chosen = (kind: 'read' | 'write', loads: Load[]) => {
  const copies = loads.map((load) => ({
    ...load,
    movedAt: load.movedAt === justNow ? performance.now() : longAgo,
  }))
  const found = chooseConnection(kind, copies)
  return found ? copies.indexOf(found as (typeof copies)[number]) : undefined
}

it('reads share the first connection that moves', () => {
  expect(chosen('read', [reading, IDLE])).toBe(0)
  expect(chosen('read', [stalled, reading, IDLE])).toBe(1)
  expect(chosen('read', [stalled, writing, IDLE])).toBe(2)
  expect(chosen('read', [stalled, writing])).toBe(1)
  expect(chosen('read', [stalled, stalled])).toBe(undefined)
  const farAway: Load = { inFlight: 3, writing: 0, movedAt: longAgo }
  expect(chosen('read', [farAway])).toBe(0)
  expect(chosen('read', [farAway, IDLE])).toBe(1)
  expect(chosen('read', [farAway, writing])).toBe(0)
})

it('a write has a connection to itself, and not that of the reads', () => {
  expect(chosen('write', [IDLE, IDLE])).toBe(1)
  expect(chosen('write', [IDLE, writing, IDLE])).toBe(2)
  expect(chosen('write', [IDLE, writing])).toBe(undefined)
  expect(chosen('write', [IDLE, stalled])).toBe(undefined)
})

it('where there is but one connection, all share it, one write at a time', () => {
  expect(chosen('write', [reading])).toBe(0)
  expect(chosen('write', [writing])).toBe(undefined)
  expect(chosen('read', [writing])).toBe(0)
})

it('behind a pooler nothing goes where an answer is still to come', () => {
  expect(chooseIdle('read', [reading, IDLE])).toBe(IDLE)
  expect(chooseIdle('write', [reading, writing])).toBe(undefined)
})
