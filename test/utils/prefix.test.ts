import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterPrefix } from '../../src/utils/prefix.ts'

const bytes = (text: string) => Buffer.from(text, 'utf8')
const isBefore = (one: string, other: string) => Buffer.compare(bytes(one), bytes(other)) < 0

describe('what comes after all texts with a prefix', () => {
  it.each([
    ['a', 'b'],
    ['ab', 'ac'],
    ['z', '{'],
    ['a\u{10ffff}', 'b'],
    ['a\ud7ff', 'a\ue000'],
    ['\uffff', '\u{10000}'],
    ['😀', '😁'],
    ['%', '&'],
  ])('%j is %j', (prefix, after) => {
    expect(afterPrefix(prefix)).toBe(after)
  })

  it.each(['', '\u{10ffff}', '\u{10ffff}\u{10ffff}'])('%j is nothing', (prefix) => {
    expect(afterPrefix(prefix)).toBeUndefined()
  })

  const text = fc.string({ unit: 'binary' })
  it('has all of them before it, and no other between', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        text,
        text,
        (prefix, rest, other) => {
          const after = afterPrefix(prefix)
          if (after === undefined) return
          expect(isBefore(prefix + rest, after)).toBe(true)
          const isWithin = !isBefore(other, prefix) && isBefore(other, after)
          expect(isWithin).toBe(other.startsWith(prefix))
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
