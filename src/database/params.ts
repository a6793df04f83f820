import { type SQL, sql } from 'drizzle-orm'

/** The JavaScript type of each parameter type. */
type Values = {
  uuid: string
  'uuid[]': readonly string[]
  text: string
  int: number
  boolean: boolean
  timestamptz: Date
}

export type ParamType = keyof Values

/** A statement's parameters by name, with their types. A question mark allows null. */
export type Params = Readonly<Record<string, ParamType | `${ParamType}?`>>

/** The values of a statement's parameters. */
export type ValuesOf<Declared extends Params> = {
  [Name in keyof Declared]: Declared[Name] extends `${infer Type extends ParamType}?`
    ? Values[Type] | null
    : Values[Declared[Name] & ParamType]
}

/** The placeholders of a statement's parameters. */
export type Placeholders<Declared extends Params> = { readonly [Name in keyof Declared]: SQL }

/** Casts each parameter to its type. Postgres cannot always infer it, and Neon sends every value as text. */
export function placeholders<Declared extends Params>(params: Declared): Placeholders<Declared> {
  const typed = Object.entries(params).map(([name, declared]) => {
    const type = declared.replace('?', '')
    return [name, sql`${sql.placeholder(name)}::${sql.raw(type)}`]
  })
  return Object.fromEntries(typed)
}

/**
 * Writes a constant of the service into the text of a statement, where a parameter would be sent each time. The compiler
 * refuses a text that it does not know, such as one that a request brought.
 */
export function literal<Value extends string | number>(
  value: string extends Value ? never : Value,
): SQL {
  return sql.raw(
    typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'::text`,
  )
}

/** Returns a number as an interval of seconds. */
export function seconds(count: SQL): SQL {
  return sql`${count} * interval '1 second'`
}

/** Returns the database's `now()` plus a number of seconds. */
export function secondsFromNow(count: SQL): SQL {
  return sql`now() + ${seconds(count)}`
}
