import { expect, it } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createCommonPasswords } from '../../../src/core/passwords/common.ts'
import { filterOf, IN_FILTER, mostUsed } from '../../../tools/common-passwords.ts'

const FILE = filterOf(mostUsed(IN_FILTER))
/** Far down the list, where nothing in code knows it. */
const COMMON = 'smokey24'

/** The list over a file that is had by `load`, with what was logged and how often it was asked for. */
function listOver(load: () => Promise<Uint8Array>, deadlineMilliseconds = 60_000) {
  const log: Record<string, unknown>[] = []
  let loads = 0
  const counted = () => {
    loads++
    return load()
  }
  const logger = createLogger((line) => log.push(JSON.parse(line)))
  const { include } = createCommonPasswords(counted, logger, deadlineMilliseconds)
  return { include, log, loads: () => loads }
}
const UNAVAILABLE = { level: 'error', event: 'common_passwords_unavailable' }

it('is loaded at the first need, once for all', async () => {
  const list = listOver(async () => FILE)
  expect(list.loads()).toBe(0)
  const answers = await Promise.all([COMMON, 'zq-7kmvo', COMMON].map(list.include))
  expect(answers).toEqual([true, false, true])
  expect(await list.include(COMMON)).toBe(true)
  expect([list.loads(), list.log]).toEqual([1, []])
})

it('locks nobody out while it cannot be loaded, says so once a failure, and is asked for again', async () => {
  let isThere = false
  const list = listOver(async () => {
    if (isThere) return FILE
    throw Object.assign(new Error('no such file: /srv/secret'), { code: 'ENOENT' })
  })
  const waiting = ['a', 'b', 'c'].map(list.include)
  expect(await Promise.all(waiting)).toEqual([false, false, false])
  expect(list.log).toMatchObject([{ ...UNAVAILABLE, code: 'ENOENT' }])
  expect(JSON.stringify(list.log)).not.toContain('secret')
  expect(await list.include(COMMON)).toBe(false)
  expect([list.loads(), list.log.length]).toEqual([2, 2])
  isThere = true
  expect(await list.include(COMMON)).toBe(true)
  expect([list.loads(), list.log.length]).toEqual([3, 2])
})

it('is not taken from a file that is another', async () => {
  const list = listOver(async () => new TextEncoder().encode('<!doctype html>'))
  expect(await list.include(COMMON)).toBe(false)
  expect(list.log).toMatchObject([{ ...UNAVAILABLE, code: 'NOT_THE_FILTER' }])
})

it('keeps nobody waiting for ever, and is used as soon as it is there', async () => {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>()
  const list = listOver(() => promise, 20)
  expect(await Promise.all(['a', 'b'].map(list.include))).toEqual([false, false])
  expect(list.log).toMatchObject([{ ...UNAVAILABLE, code: 'TIMEOUT' }])
  resolve(FILE)
  await promise
  await expect.poll(() => list.include(COMMON)).toBe(true)
  expect(list.loads()).toBe(1)
})
