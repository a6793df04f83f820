import { Column, type DriverValueDecoder, is, SQL } from 'drizzle-orm'
import type { PgSession } from 'drizzle-orm/pg-core'
import { DatabaseUnavailable } from './errors.ts'
import { databaseTime } from './instants.ts'
import { type Echo, echoOf } from './parameter-row.ts'
import type { Answer } from './send.ts'

/** The fields that a statement selects, as Drizzle passes them to a session. */
export type Fields = NonNullable<Parameters<PgSession['prepareQuery']>[1]>
type Field = Fields[number]['field']
type Decoder = DriverValueDecoder<unknown, unknown>
type Values = Readonly<Record<string, unknown>>

const TIME = /^Pg(Date|Time|Interval)/

/** Turns an answer into rows. Throws if it does not belong to the statement. */
export type ReadRows = (
  answer: Answer,
  values: Values,
  onTime: (milliseconds: number) => void,
) => Record<string, unknown>[]

/** Makes the reader of answers once for a statement that selects these fields. */
export function rowReader(fields: Fields): ReadRows {
  const names = fields.map(({ field }) => nameOf(field))
  const echoes = fields.flatMap(({ field }, at) => {
    const echo = echoOf(field)
    return echo ? [{ at, ...echo }] : []
  })
  const timeAt = fields.findIndex(({ field }) => field === databaseTime['database time'])
  const columns = fields.flatMap(({ path, field }, at) => {
    const [name = ''] = path
    if (path.length > 1) throw new Error(`${path.join('.')}: a selection is flat`)
    return at === timeAt || echoOf(field) ? [] : [{ at, name, decoder: decoderOf(field) }]
  })

  function toObject(row: unknown[]): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (const { at, name, decoder } of columns) {
      const value = row[at]
      object[name] = value === null ? null : decoder.mapFromDriverValue(value)
    }
    return object
  }

  return ({ fields: found, rows }, values, onTime) => {
    if (found.length !== names.length || !names.every((name, at) => isNamed(found[at], name))) {
      throw new DatabaseUnavailable('an answer of another shape', 'ANSWER_OF_ANOTHER_SHAPE')
    }
    if (!echoes.every((echo) => repeats(rows, echo, values[echo.param]))) {
      throw new DatabaseUnavailable('an answer to another question', 'ANSWER_TO_ANOTHER_QUESTION')
    }
    const [first] = rows
    if (timeAt >= 0 && first) onTime(Number(first[timeAt]) / 1000)
    return rows.map(toObject)
  }
}

function isNamed(found: { name: string } | undefined, name: string | undefined): boolean {
  return name === undefined || found?.name === name
}

/**
 * True if every row repeats the parameter. A list has one row for each item, and any other parameter at least one row.
 */
function repeats(
  rows: unknown[][],
  { at, isList }: Echo & { at: number },
  value: unknown,
): boolean {
  if (!isList) return rows.length > 0 && rows.every((row) => row[at] === value)
  const list = value as readonly unknown[]
  return rows.length === list.length && rows.every((row, index) => row[at] === list[index])
}

/** Returns Postgres' name of the column, or undefined if an expression has no name of its own. */
function nameOf(field: Field): string | undefined {
  if (is(field, Column)) return field.name
  return is(field, SQL.Aliased) ? field.fieldAlias : undefined
}

/** Columns decode themselves. Expressions have a decoder that Drizzle's types do not show. */
function decoderOf(field: Field): Decoder {
  if (is(field, Column)) {
    if (TIME.test(field.columnType)) throw new Error(`${field.name}: select instant() of a time`)
    return field
  }
  const expression = is(field, SQL) ? field : (field as SQL.Aliased).sql
  return (expression as unknown as { decoder: Decoder }).decoder
}
