import fc from 'fast-check'
import { expect, it } from 'vitest'
import { accentRules } from '../../src/http/page-theme.ts'
import { contrast } from '../../src/utils/colors.ts'

const color = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value) => `#${value.toString(16).padStart(6, '0')}`)

it('knows the contrast of two colors', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(contrast('#ffffff', '#ffffff')).toBe(1)
  // Of WebAIM's contrast checker.
  expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2)
})

it('makes of any accent links that can be read on pages and cards, and buttons whose words can be read', () => {
  const surfaces = [
    ['#f5f7f9', '#ffffff'],
    ['#14181d', '#1c2229'],
  ]
  fc.assert(
    fc.property(color, (accent) => {
      const rules = accentRules(accent)
      const pairs = Array.from(
        rules.matchAll(/--link: (#[\da-f]{6}); --on-link: (#[\da-f]{6})/g),
        ([, link = '', onLink = '']) => ({ link, onLink }),
      )
      expect(pairs).toHaveLength(2)
      for (const [at, { link, onLink }] of pairs.entries()) {
        expect(contrast(onLink, link)).toBeGreaterThanOrEqual(4.5)
        for (const surface of surfaces[at] ?? []) {
          expect(contrast(link, surface)).toBeGreaterThanOrEqual(4.5)
        }
      }
    }),
  )
})

it('leaves an accent alone that can be read as it is', () => {
  expect(accentRules('#0b62c4')).toContain('--link: #0b62c4')
  expect(accentRules(undefined)).toBe('')
})
