import { describe, expect, it } from 'vitest'
import { instantIn } from '../../src/utils/instant.ts'
import { FIRST_UUID, LAST_UUID, uuidAt, uuidv7 } from '../../src/utils/uuid.ts'

describe('an instant', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00.5z', '2026-01-31T12:00:00.500Z'],
    ['2026-01-31T12:00:00.123456789+01:00', '2026-01-31T11:00:00.123Z'],
    ['2024-02-29T23:59:59-23:59', '2024-03-01T23:58:59.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, at) => {
    expect(instantIn(text)?.toISOString()).toBe(at)
  })

  it.each([
    ...['', 'now', '0', '2026', '2026-01-31', '2026-01-31T12:00:00', '2026-01-31 12:00:00Z'],
    ...['2026-02-30T12:00:00Z', '2025-02-29T12:00:00Z', '2026-04-31T00:00:00Z'],
    ...['2026-13-01T12:00:00Z', '2026-00-10T12:00:00Z', '2026-01-31T24:00:00Z'],
    ...['2026-01-31T23:59:60Z', '2026-01-31T12:00:00+24:00', '2026-01-31T12:00Z'],
    ...['1969-12-31T23:59:59Z', '1970-01-01T00:00:00+01:00', '9999-12-31T23:59:59-00:01'],
    ...['+012026-01-31T12:00:00Z', '2026-01-31T12:00:00Zjunk', '٢٠٢٦-01-31T12:00:00Z'],
  ])('%j is none', (text) => {
    expect(instantIn(text)).toBeUndefined()
  })
})

it('the id of a moment stands before those made then, and after those made before', () => {
  const at = Date.parse('2026-01-31T12:00:00Z')
  for (let tries = 0; tries < 100; tries++) {
    expect(uuidAt(at) < uuidv7(at)).toBe(true)
    expect(uuidAt(at) > uuidv7(at - 1)).toBe(true)
  }
  expect(uuidAt(0)).toBe(FIRST_UUID)
  expect(uuidAt(-1)).toBe(FIRST_UUID)
  expect(uuidAt(Date.parse('9999-12-31T23:59:59.999Z')) < LAST_UUID).toBe(true)
})
