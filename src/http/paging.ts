import { z } from '@hono/zod-openapi'
import { isUuid } from '../core/tokens/claims.ts'
import { AppError } from '../errors.ts'
import { base64urlBytes, base64urlText } from '../utils/base64.ts'
import { instantIn } from '../utils/instant.ts'
import { isStorable } from '../utils/storable.ts'
import { documented } from './documented.ts'
import { refusal } from './validation.ts'

const LIMIT = { least: 1, most: 100, default: 50 }
/** Longer than the cursor of any list. */
const MAX_CURSOR_CHARACTERS = 2048
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Where a page ended: the key of its last row, by the names of its columns. */
type Key = Readonly<Record<string, string>>

/** What the columns of a key are, in their order. */
type KeyColumns = Readonly<Record<string, 'uuid' | 'text'>>

const Limit = documented(
  z
    .string('Give one number.')
    .optional()
    .transform((typed, context) => {
      const limit =
        typed === undefined ? LIMIT.default : Number(/^\d{1,3}$/.exec(typed)?.[0] ?? Number.NaN)
      if (limit >= LIMIT.least && limit <= LIMIT.most) return limit
      const { error, params } = refusal(
        'invalid_value',
        `Use a whole number from ${LIMIT.least} to ${LIMIT.most}.`,
      )
      context.addIssue({ code: 'custom', message: error, params })
      return z.NEVER
    }),
  {
    type: 'integer',
    minimum: LIMIT.least,
    maximum: LIMIT.most,
    default: LIMIT.default,
    example: LIMIT.default,
    description: 'The most that one page has.',
  },
)

const Cursor = documented(
  z
    .string('Give one cursor.')
    .max(MAX_CURSOR_CHARACTERS, 'This is no cursor of this list.')
    .optional(),
  {
    maxLength: MAX_CURSOR_CHARACTERS,
    description: 'The `next_cursor` of the page before, with the same filters.',
  },
)

/** The query of a list that has pages: its filters, `limit` and `cursor`. Refuses whatever else it has. */
export function pageQuery<Filters extends z.ZodRawShape>(filters: Filters) {
  return z.strictObject({ ...filters, limit: Limit, cursor: Cursor })
}

/** The member of an answer that leads to the next page. */
export function nextCursorField() {
  return documented(z.string().nullable(), {
    example: null,
    description:
      'The `cursor` of the next page; null on the last one. A page can be shorter than `limit`, or empty, although more follow: where filters pass over many.',
  })
}

/** An optional id in a query, such as that of a user. Upper case is the same id. */
export function idFilter(description: string) {
  return documented(
    z
      .string('Give one id.')
      .toLowerCase()
      .refine(isUuid, refusal('invalid_format', 'This is no id.'))
      .optional(),
    { type: 'string', format: 'uuid', description },
  )
}

/** An optional instant in a query (RFC 3339), such as the begin of a period. */
export function instantFilter(description: string) {
  return documented(
    z
      .string('Give one instant.')
      .optional()
      .transform((typed, context) => {
        if (typed === undefined) return undefined
        const at = instantIn(typed)
        if (at !== undefined) return at
        const { error, params } = refusal(
          'invalid_format',
          'Enter an instant, such as 2026-01-31T12:00:00Z.',
        )
        context.addIssue({ code: 'custom', message: error, params })
        return z.NEVER
      }),
    { type: 'string', format: 'date-time', example: '2026-01-31T12:00:00Z', description },
  )
}

/** What a list says of a row where filters pass over many: whether it is shown, and whether it is the last looked at. */
type Looked = { isFound?: boolean; isLast?: boolean }

/**
 * Cuts a page out of what a list found, which is one row more where more follow, or ends with the last row looked at. `keyOf`
 * names the columns by which the list is ordered and its next page begins.
 */
export function pageOf<Row>(
  found: readonly (Row & Looked)[],
  limit: number,
  keyOf: (last: Row) => Key,
) {
  const shown = found.filter(({ isFound = true }) => isFound)
  const rows = shown.slice(0, limit)
  const end = found.at(-1)
  const last = shown.length > limit ? rows.at(-1) : end?.isLast ? end : undefined
  return { rows, nextCursor: last ? cursorOf(keyOf(last)) : null }
}

/** Makes a cursor of the key of a page's last row. It says nothing that the page does not, and is no secret. */
export function cursorOf(key: Key): string {
  return base64urlText(JSON.stringify(key))
}

/**
 * Returns the key in a cursor, or undefined where none was given. Throws `validation_failed` for whatever `cursorOf` did
 * not make for a list with these columns.
 */
export function readCursor<const Columns extends KeyColumns>(
  cursor: string | undefined,
  columns: Columns,
): Record<keyof Columns, string> | undefined {
  if (cursor === undefined) return undefined
  const key = parsed(cursor)
  if (key === undefined || !hasColumns(key, columns) || cursorOf(key) !== cursor) {
    const detail = 'This is no cursor of this list.'
    throw new AppError('validation_failed', {
      errors: [{ pointer: '/cursor', code: 'invalid_value', detail }],
    })
  }
  return key as Record<keyof Columns, string>
}

function parsed(cursor: string): unknown {
  const bytes = base64urlBytes(cursor)
  try {
    return bytes && JSON.parse(decoder.decode(bytes))
  } catch {
    return undefined
  }
}

function hasColumns(key: unknown, columns: KeyColumns): key is Key {
  if (typeof key !== 'object' || key === null) return false
  const values = Object.entries(key)
  const kinds = Object.entries(columns)
  return (
    values.length === kinds.length &&
    kinds.every(([name, kind], at) => {
      const [given, value] = values[at] ?? []
      return given === name && (kind === 'uuid' ? isUuid(value) : isText(value))
    })
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && isStorable(value)
}
