import { expect, it } from 'vitest'
import { isJsonInUtf8 } from '../../src/utils/media-type.ts'

/** Headers on which a careless expression takes time that grows faster than they do. */
it.each<[string, (count: number) => string]>([
  ['spaces', (count) => `application/json${' '.repeat(count)}x`],
  ['semicolons', (count) => `application/json${'; '.repeat(count)}=`],
  ['spaces between semicolons', (count) => `application/json${' \t; \t'.repeat(count / 5)}"`],
  ['a name without an end', (count) => `application/json;${'a'.repeat(count)}`],
  ['a name and spaces', (count) => `application/json;a${' '.repeat(count)}`],
  ['a text without an end', (count) => `application/json;a="${'\\"'.repeat(count / 2)}`],
  ['parameters', (count) => `application/json${';a=b'.repeat(count / 4)} x`],
  ['types', (count) => 'application/json'.repeat(count / 16)],
])('%s are read in linear time, and refused', (_what, make) => {
  const header = make(4_000_000)
  const started = performance.now()
  expect(isJsonInUtf8(header)).toBe(false)
  // What grows with the square takes hours here.
  expect(performance.now() - started).toBeLessThan(20_000)
})

it('many empty parameters are none', () => {
  expect(isJsonInUtf8(`application/json${' ;\t'.repeat(5_000)}`)).toBe(true)
})
