import {
  Column,
  type DriverValueDecoder,
  DrizzleQueryError,
  fillPlaceholders,
  is,
  type Query,
  SQL,
} from 'drizzle-orm'
import {
  PgDatabase,
  PgDialect,
  PgPreparedQuery,
  type PgQueryResultHKT,
  PgSession,
  type PreparedQueryConfig,
} from 'drizzle-orm/pg-core'
import { DatabaseUnavailable } from './errors.ts'
import type { Database } from './index.ts'

/** Sends one statement, prepared under a name of the driver's if it will come again; gives its rows as arrays. */
export type Send = (
  text: string,
  params: unknown[],
  options: { prepare: boolean },
) => Promise<unknown[][]>

type Fields = Parameters<PgSession['prepareQuery']>[1]
type Decoder = DriverValueDecoder<unknown, unknown>

/**
 * Drizzle over a bare `send`. Drizzle's own session for postgres.js takes some ten promises and closures for a statement,
 * and looks up anew for each row how its columns are read: about a fifth of what a statement costs here.
 */
export function drizzleOver(send: Send): Database {
  const dialect = new PgDialect()
  return new PgDatabase(dialect, new Session(dialect, send), undefined) as unknown as Database
}

class Session extends PgSession<PgQueryResultHKT> {
  readonly #send: Send

  constructor(dialect: PgDialect, send: Send) {
    super(dialect)
    this.#send = send
  }

  prepareQuery<Config extends PreparedQueryConfig>(
    query: Query,
    fields: Fields,
    name: string | undefined,
  ): PgPreparedQuery<Config> {
    return new Prepared<Config>(query, fields, this.#send, { prepare: name !== undefined })
  }

  transaction(): Promise<never> {
    throw new Error('an atomic write is one statement')
  }
}

class Prepared<Config extends PreparedQueryConfig> extends PgPreparedQuery<Config> {
  readonly #send: Send
  readonly #decode: (row: unknown[]) => unknown
  readonly #options: { prepare: boolean }

  constructor(query: Query, fields: Fields, send: Send, options: { prepare: boolean }) {
    super(query, undefined, undefined)
    this.#send = send
    this.#decode = fields ? rowDecoder(fields) : (row) => row
    this.#options = options
  }

  execute(values: Record<string, unknown> = {}): Promise<Config['execute']> {
    const { sql, params } = this.query
    const filled = fillPlaceholders(params, values)
    return this.#send(sql, filled, this.#options).then(
      (rows) => rows.map(this.#decode),
      (cause) => {
        throw new DrizzleQueryError(sql, filled, cause)
      },
    )
  }
}

/** How a row becomes an object, found out once for a statement. */
function rowDecoder(fields: NonNullable<Fields>): (row: unknown[]) => Record<string, unknown> {
  const columns = fields.map(({ path, field }) => {
    const [name = ''] = path
    if (path.length > 1) throw new Error(`${path.join('.')}: a selection is flat`)
    return { name, decoder: decoderOf(field) }
  })
  return (row) => {
    if (row.length !== columns.length) throw new DatabaseUnavailable('an answer of another shape')
    const object: Record<string, unknown> = {}
    for (let at = 0; at < columns.length; at++) {
      const { name, decoder } = columns[at] as (typeof columns)[number]
      const value = row[at]
      object[name] = value === null ? null : decoder.mapFromDriverValue(value)
    }
    return object
  }
}

/** Columns read themselves; expressions have their reader where Drizzle's types do not show it. */
function decoderOf(field: NonNullable<Fields>[number]['field']): Decoder {
  if (is(field, Column)) return field
  const expression = is(field, SQL) ? field : (field as SQL.Aliased).sql
  return (expression as unknown as { decoder: Decoder }).decoder
}
