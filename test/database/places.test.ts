import type { Sql } from 'postgres'
import { expect, it } from 'vitest'
import { choosePlace, createPlaces, type Places } from '../../src/database/places.ts'

const READ = 'select 1'
const WRITE = 'update sessions set ip = null'
const MOVED = { sql: {} as Sql, movedAt: 0, unanswered: 0 }

/** Which place a statement gets, by its number, where the places are as given. */
function chosen(text: string, states: Partial<Places[number]>[]): number {
  const places = createPlaces(states.length)
  for (const [at, state] of states.entries()) Object.assign(places[at] ?? {}, MOVED, state)
  return places.indexOf(choosePlace(text, places))
}

const justNow = performance.now()
const longAgo = 1

it('a lone read goes where the last statement went', () => {
  expect(chosen(READ, [{ movedAt: longAgo }, { movedAt: justNow }, {}])).toBe(1)
  expect(chosen(READ, [{ movedAt: justNow }, { movedAt: longAgo }, {}])).toBe(0)
  expect(chosen(READ, [{}, {}, {}])).toBe(0)
})

it('but not where the connection broke', () => {
  const broken = { sql: undefined, movedAt: justNow }
  expect(chosen(READ, [{ movedAt: longAgo }, broken, {}])).toBe(0)
})

it('reads beside other statements share the first place that moves', () => {
  const busy = { unanswered: 1, movedAt: performance.now() }
  expect(chosen(READ, [{ movedAt: longAgo }, busy, {}])).toBe(0)
  expect(chosen(READ, [busy, { movedAt: justNow }, {}])).toBe(0)
  expect(chosen(READ, [{ unanswered: 1, movedAt: longAgo }, busy, {}])).toBe(1)
})

it('writes spread over all places but the first, where there are others', () => {
  const busy = { unanswered: 1, movedAt: justNow }
  expect(chosen(WRITE, [{ movedAt: justNow }, {}, {}])).toBe(1)
  expect(chosen(WRITE, [{}, busy, {}])).toBe(2)
  expect(chosen(WRITE, [{}])).toBe(0)
})
