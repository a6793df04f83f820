import { type SQL, sql } from 'drizzle-orm'

/** What a value of each type is on this side. */
type Values = {
  uuid: string
  'uuid[]': readonly string[]
  text: string
  int: number
  timestamptz: Date
}

export type ParamType = keyof Values

/** A statement's parameters by name, with their types; a question mark lets one be null. */
export type Params = Readonly<Record<string, ParamType | `${ParamType}?`>>

/** The values that go with parameters. */
export type ValuesOf<Declared extends Params> = {
  [Name in keyof Declared]: Declared[Name] extends `${infer Type extends ParamType}?`
    ? Values[Type] | null
    : Values[Declared[Name] & ParamType]
}

/** Parameters as they stand in a statement's text. */
export type Placeholders<Declared extends Params> = { readonly [Name in keyof Declared]: SQL }

/** Each parameter with its type, for Postgres cannot always infer it, and Neon sends every value as text. */
export function placeholders<Declared extends Params>(params: Declared): Placeholders<Declared> {
  const typed = Object.entries(params).map(([name, declared]) => {
    const type = declared.replace('?', '')
    return [name, sql`${sql.placeholder(name)}::${sql.raw(type)}`]
  })
  return Object.fromEntries(typed)
}

/** A number as so many seconds. */
export function seconds(count: SQL): SQL {
  return sql`${count} * interval '1 second'`
}

/** The database's `now()` moved by so many seconds. */
export function secondsFromNow(count: SQL): SQL {
  return sql`now() + ${seconds(count)}`
}
