import { expect, it } from 'vitest'
import { allowBatches, batched } from '../../src/database/batched-reads.ts'
import { DatabaseUnavailable } from '../../src/database/errors.ts'
import type { Database } from '../../src/database/index.ts'

/** A database is only a name here: what is read is up to the function. */
function batching(): Database {
  const db = {} as Database
  allowBatches(db)
  return db
}
const never = new Promise<never>(() => {})

/** Reads numbers, and keeps what was asked for by each statement. */
function recording() {
  const sent: number[][] = []
  const read = batched({
    one: async (_db, key: number) => {
      sent.push([key])
      return key
    },
    many: async (_db, keys) => {
      sent.push([...keys])
      return keys
    },
  })
  return { read, sent }
}

it('sends a lone read at once and those of one turn together', async () => {
  const { read, sent } = recording()
  const db = batching()
  const first = read(db, 1)
  expect(sent).toEqual([[1]])
  expect(await Promise.all([first, read(db, 2), read(db, 3), read(db, 4)])).toEqual([1, 2, 3, 4])
  expect(sent).toEqual([[1], [2, 3, 4]])
})

it('sends nothing where nobody waits any more', async () => {
  const { read, sent } = recording()
  const db = batching()
  const first = read(db, 1)
  const second = read(db, 2)
  await first
  await Promise.all([second, read(db, 3)])
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  expect(sent.flat().sort()).toEqual([1, 2, 3])
  expect(sent.every((keys) => keys.length > 0)).toBe(true)
})

it('does not hold anybody back behind a statement that is never answered', async () => {
  const db = batching()
  const read = batched({
    one: (): Promise<number> => never,
    many: async (_db, keys: readonly number[]) => keys,
  })
  void read(db, 1)
  expect(await Promise.all([read(db, 2), read(db, 3)])).toEqual([2, 3])
})

it('passes a failure on to those of that statement alone', async () => {
  const db = batching()
  const read = batched({
    one: async (_db, key: number) => key,
    many: async (_db, keys) => {
      if (keys.includes(3)) throw new Error('no answer')
      return keys
    },
  })
  const answers = await Promise.allSettled([read(db, 1), read(db, 2), read(db, 3)])
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  expect(await read(db, 4)).toBe(4)
})

it('refuses more than may wait for a database that does not answer', async () => {
  const db = batching()
  const read = batched({ one: () => never, many: () => never })
  for (let key = 0; key < 1_000; key++) void read(db, key)
  await expect(read(db, 1_000)).rejects.toThrow(DatabaseUnavailable)
})

it('reads alone where nothing may be shared', async () => {
  const { read, sent } = recording()
  const db = {} as Database
  expect(await Promise.all([read(db, 1), read(db, 2), read(db, 3)])).toEqual([1, 2, 3])
  expect(sent).toEqual([[1], [2], [3]])
})

it('never asks one database for what another was asked', async () => {
  const { read, sent } = recording()
  await Promise.all([read(batching(), 1), read(batching(), 2)])
  expect(sent).toEqual([[1], [2]])
})
