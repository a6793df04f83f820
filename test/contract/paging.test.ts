import { z } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { cursorOf, instantFilter, pageOf, pageQuery, readCursor } from '../../src/http/paging.ts'
import { validationFailed } from '../../src/http/validation.ts'
import { base64urlText } from '../../src/utils/base64.ts'

const ID = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
const List = pageQuery({ role: z.string().optional(), after: instantFilter('From when.') })

function refused(query: unknown): string[] {
  const { error } = List.safeParse(query)
  const { errors = [] } = validationFailed(error?.issues ?? []).options
  return errors.map(({ pointer, code }) => `${pointer} ${code}`)
}

describe('the query of a list', () => {
  it('has 50 rows a page, or as many as it says', () => {
    expect(List.parse({})).toMatchObject({ limit: 50 })
    for (const limit of [1, 50, 100]) {
      expect(List.parse({ limit: String(limit) })).toEqual({ limit })
    }
  })

  it.each([
    ...['0', '101', '1000', '-1', '1.5', '1e1', '0x10', '', ' 5', '5 ', '５', 'NaN', 'Infinity'],
    '9'.repeat(1000),
  ])('of %j rows is refused', (limit) => {
    expect(refused({ limit })).toEqual(['/limit invalid_value'])
  })

  it('refuses what it does not know, and what is given twice', () => {
    const hostile = JSON.parse('{"x":"1","__proto__":"2","constructor":"3"}')
    expect(refused(hostile).sort()).toEqual([
      '/__proto__ unknown_field',
      '/constructor unknown_field',
      '/x unknown_field',
    ])
    expect(refused({ limit: ['1', '2'], cursor: ['a', 'b'], role: ['a', 'b'] })).toEqual([
      '/role invalid_type',
      '/limit invalid_type',
      '/cursor invalid_type',
    ])
  })

  it('reads an instant, and refuses what is none', () => {
    const after = new Date('2026-01-31T12:00:00.000Z')
    expect(List.parse({ after: '2026-01-31T13:00:00+01:00' })).toMatchObject({ after })
    expect(refused({ after: '2026-01-31' })).toEqual(['/after invalid_format'])
  })
})

describe('a page', () => {
  const rows = ['a', 'b', 'c'].map((name) => ({ name }))

  it('leads to the next one, by its last row', () => {
    const { rows: shown, nextCursor } = pageOf(rows, 2, ({ name }) => ({ name }))
    expect(shown).toEqual(rows.slice(0, 2))
    expect(readCursor(nextCursor ?? '', { name: 'text' })).toEqual({ name: 'b' })
  })

  it('is the last where no row more was found', () => {
    const { rows: shown, nextCursor } = pageOf(rows, 3, ({ name }) => ({ name }))
    expect(shown).toEqual(rows)
    expect(nextCursor).toBeNull()
    expect(pageOf([], 3, () => ({})).nextCursor).toBeNull()
  })
})

describe('a cursor', () => {
  it.each(['ada', 'Straße', '\u{10ffff}', '"\\', '{}', "'; drop table users; --"])(
    'brings %j back',
    (name) => {
      const cursor = cursorOf({ name, id: ID })
      expect(cursor).toMatch(/^[\w-]+$/)
      expect(readCursor(cursor, { name: 'text', id: 'uuid' })).toEqual({ name, id: ID })
    },
  )

  it('that is missing is none', () => {
    expect(readCursor(undefined, { id: 'uuid' })).toBeUndefined()
  })

  const made = cursorOf({ id: ID })
  it.each([
    ...['', 'x', '!', 'a'.repeat(2048), `${made}=`, `${made} `, made.slice(0, -2), `${made}A`],
    // Other JSON, other columns, other spellings of the same.
    ...['null', '1', '[]', '{}', `"${ID}"`, `["${ID}"]`].map(base64urlText),
    ...[`{"id":"${ID}","id":"${ID}"}`, `{ "id":"${ID}"}`, `{"id":"${ID}","x":"y"}`].map(
      base64urlText,
    ),
    ...[`{"id":"${ID.toUpperCase()}"}`, `{"id":"x"}`, '{"id":1}', '{"id":null}'].map(base64urlText),
    ...[`{"__proto__":"${ID}"}`, `{"name":"${ID}"}`, `{"id":{"id":"${ID}"}}`].map(base64urlText),
  ])('%j is refused', (cursor) => {
    expect(() => readCursor(cursor, { id: 'uuid' })).toThrow(AppError)
  })

  it.each(['\u0000', '\ud800', '\udc00x'])(
    'with %j is refused before a database sees it',
    (name) => {
      expect(() => readCursor(cursorOf({ name }), { name: 'text' })).toThrow(AppError)
    },
  )

  it('is refused at its own place', () => {
    try {
      readCursor('x', { id: 'uuid' })
      expect.unreachable()
    } catch (error) {
      const { code, options } = error as AppError
      expect([code, options.errors?.map(({ pointer }) => pointer)]).toEqual([
        'validation_failed',
        ['/cursor'],
      ])
    }
  })
})
