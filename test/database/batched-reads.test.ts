import { expect, it } from 'vitest'
import { allowGathering, gathered } from '../../src/database/batched-reads.ts'
import { DatabaseUnavailable } from '../../src/database/errors.ts'
import type { Database } from '../../src/database/index.ts'

/** A database is only a name here: what is read is up to the two functions. */
function gathering(): Database {
  const db = {} as Database
  allowGathering(db)
  return db
}
const never = new Promise<never>(() => {})

it('sends a lone read at once and those of one turn together', async () => {
  const sent: number[][] = []
  const find = gathered(gathering(), {
    one: async (key: number) => {
      sent.push([key])
      return key
    },
    many: async (keys) => {
      sent.push([...keys])
      return keys
    },
  })
  const first = find(1)
  expect(sent).toEqual([[1]])
  expect(await Promise.all([first, find(2), find(3), find(4)])).toEqual([1, 2, 3, 4])
  expect(sent).toEqual([[1], [2, 3, 4]])
})

it('does not hold anybody back behind a statement that is never answered', async () => {
  const find = gathered(gathering(), {
    one: (): Promise<number> => never,
    many: async (keys: readonly number[]) => keys,
  })
  void find(1)
  expect(await Promise.all([find(2), find(3)])).toEqual([2, 3])
})

it('passes a failure on to those of that statement alone', async () => {
  const find = gathered(gathering(), {
    one: async (key: number) => key,
    many: async (keys) => {
      if (keys.includes(3)) throw new Error('no answer')
      return keys
    },
  })
  const answers = await Promise.allSettled([find(1), find(2), find(3)])
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  expect(await find(4)).toBe(4)
})

it('refuses more than may wait for a database that does not answer', async () => {
  const find = gathered(gathering(), { one: () => never, many: () => never })
  for (let key = 0; key < 1_000; key++) void find(key)
  await expect(find(1_000)).rejects.toThrow(DatabaseUnavailable)
})

it('reads alone where nothing may be shared', async () => {
  const find = gathered({} as Database, {
    one: async (key: number) => key,
    many: () => never,
  })
  expect(await Promise.all([find(1), find(2), find(3)])).toEqual([1, 2, 3])
})
