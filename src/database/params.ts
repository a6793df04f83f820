import { type SQL, sql } from 'drizzle-orm'

export type ParamType = 'uuid' | 'uuid[]' | 'text' | 'int' | 'bigint' | 'timestamptz'

/** A named parameter with its type: Postgres cannot always infer it, and Neon sends every value as text. */
export function param(name: string, type: ParamType): SQL {
  return sql`${sql.placeholder(name)}::${sql.raw(type)}`
}

/** A number of seconds that is a parameter. */
export function secondsOf(name: string): SQL {
  return sql`${param(name, 'int')} * interval '1 second'`
}

/** The database's `now()` moved by a number of seconds that is a parameter. */
export function secondsFromNow(name: string): SQL {
  return sql`now() + ${secondsOf(name)}`
}
