import { DrizzleQueryError } from 'drizzle-orm'
import { expect, it } from 'vitest'
import {
  DatabaseUnavailable,
  isDuplicate,
  isUnavailable,
  sqlState,
} from '../../src/database/errors.ts'

const failed = (code: string) =>
  new DrizzleQueryError('select 1', [], Object.assign(new Error('failed'), { code }))

it.each(['57P01', '53300', '08006', '40001', 'XX000', '42P01'])(
  '%s may be cured by a later try',
  (code) => {
    expect([sqlState(failed(code)), isUnavailable(failed(code))]).toEqual([code, true])
  },
)

it.each(['23505', '22P02', '42601', 'P0001'])('%s is cured by no later try', (code) => {
  expect([sqlState(failed(code)), isUnavailable(failed(code))]).toEqual([code, false])
})

it.each(['EPIPE', 'EBADF', 'E2BIG', 'ECONNRESET', 'CONNECTION_CLOSED'])(
  '%s is not what a database says: it was not reached',
  (code) => {
    expect([sqlState(failed(code)), isUnavailable(failed(code))]).toEqual([undefined, true])
  },
)

it('knows a duplicate, and a database that it gave up by itself', () => {
  expect(isDuplicate(failed('23505'))).toBe(true)
  const givenUp = new DrizzleQueryError(
    'select 1',
    [],
    new DatabaseUnavailable('no answer', 'ANSWER_TIMEOUT'),
  )
  expect([sqlState(givenUp), isUnavailable(givenUp)]).toEqual([undefined, true])
})
