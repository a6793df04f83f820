import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readCommonPasswords } from '../../../src/adapters/common-passwords-node.ts'
import {
  BUCKETS,
  HASH_BITS,
  MIN_ENTRIES,
  readCommonFilter,
} from '../../../src/core/passwords/common-filter.ts'
import { COMMON_PASSWORDS } from '../../../src/core/passwords/common-passwords.ts'
import {
  commonPasswordFiles,
  filterOf,
  IN_FILTER,
  mostUsed,
} from '../../../tools/common-passwords.ts'

const file = await readCommonPasswords()
const filter = readCommonFilter(file)
const sha256 = (password: string) => createHash('sha256').update(password).digest()

describe('the filter of common passwords', () => {
  it('refuses more than 100,000 that the length rule alone would allow', () => {
    const passwords = mostUsed(IN_FILTER)
    expect(new Set(passwords).size).toBe(IN_FILTER)
    expect(IN_FILTER).toBeGreaterThan(100_000)
    expect(passwords.filter((password) => [...password].length < 8)).toEqual([])
    expect(passwords.filter((password) => !filter.has(sha256(password)))).toEqual([])
    expect(filter.size).toBeLessThanOrEqual(IN_FILTER)
  })

  it('knows all that are in code, so that code alone refuses none that the filter would let in', () => {
    const inCode = COMMON_PASSWORDS.split(' ')
    expect(inCode.length).toBe(3_000)
    expect(inCode.filter((password) => !filter.has(sha256(password)))).toEqual([])
  })

  it('takes fewer than one in a million others for common', () => {
    // Of 2 ** 38 hashes it has that many, each as likely as another.
    expect(filter.size / 2 ** HASH_BITS).toBeLessThan(1e-6)
    const tries = 1_000_000
    let taken = 0
    const others = crypto.getRandomValues(new Uint32Array(2))
    const run = `${others[0]}.${others[1]}.`
    for (let at = 0; at < tries; at++) if (filter.has(sha256(run + at))) taken++
    // 0.4 are expected. Nine come once in more than a hundred million runs.
    expect(taken).toBeLessThan(9)
  })

  it('is what the tool makes of the list', () => {
    for (const [path, content] of commonPasswordFiles()) {
      expect(readFileSync(path).equals(Buffer.from(content))).toBe(true)
    }
  })

  it('has no entry at the ends of buckets that it should not have', () => {
    const few = Array.from({ length: MIN_ENTRIES }, (_, at) => `entry ${at}`)
    const made = readCommonFilter(filterOf(few))
    expect(few.filter((one) => !made.has(sha256(one)))).toEqual([])
    expect(made.has(new Uint8Array(32))).toBe(false)
    expect(made.has(new Uint8Array(32).fill(255))).toBe(false)
  })

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['a page', new TextEncoder().encode('<!doctype html><title>Not found</title>'.repeat(1000))],
    ['a part', file.subarray(0, -1)],
    ['more', new Uint8Array([...file, 0])],
    ['only zeros', new Uint8Array(file.length)],
    ['a list that is too short', filterOf(['password'])],
    ['no entries at all', new Uint8Array(BUCKETS)],
  ])('is not %s', (_what, bytes) => {
    expect(() => readCommonFilter(bytes)).toThrow('this is not the filter')
  })
})
