import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { type ParamType, param } from './params.ts'

/** Which parameter a column of an answer repeats; of a list each row repeats one item, in the list's order. */
export type Echo = { param: string; isList: boolean }

const echoes = new WeakMap<object, Echo>()

/** The parameter that this column repeats, if it does. */
export function echoOf(column: object): Echo | undefined {
  return echoes.get(column)
}

/**
 * What a statement is asked about, as the row that its answer begins with: whatever is found is joined to it, by one left
 * join on a subquery. (Of several in a row Postgres 18 may answer rows that no condition lets through.) So there is
 * an answer even where nothing is found, and it says to which question: the database layer compares `echo` with what was
 * asked and lets nothing else through, so that no fault of a driver or a pooler gives one person another's row.
 */
export function asked<Name extends string>(params: Record<Name, ParamType>) {
  const names = Object.keys(params) as Name[]
  const values = names.map((name) => param(name, params[name]))
  const columns = columnsOf(names)
  return {
    from: sql`(values (${sql.join(values, sql`, `)})) as asked (${identifiers(names)})`,
    columns,
    echo: echoing(columns, false),
  }
}

/** The same for a list of questions, which are lists of equal length; to be ordered by `at`. */
export function askedEach<Name extends string>(params: Record<Name, ParamType>) {
  const names = Object.keys(params) as Name[]
  const lists = names.map((name) => param(name, params[name]))
  const columns = columnsOf(names)
  return {
    from: sql`unnest(${sql.join(lists, sql`, `)}) with ordinality as asked (${identifiers(names)}, "at")`,
    columns,
    at: sql`asked."at"`,
    echo: echoing(columns, true),
  }
}

function columnsOf<Name extends string>(names: Name[]): Record<Name, SQL> {
  const columns = names.map((name) => [name, sql`asked.${sql.identifier(name)}`])
  return Object.fromEntries(columns)
}

function identifiers(names: string[]): SQL {
  return sql.join(
    names.map((name) => sql.identifier(name)),
    sql`, `,
  )
}

function echoing(columns: Record<string, SQLWrapper>, isList: boolean): Record<string, SQL> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      const repeated = sql`${column}`
      echoes.set(repeated, { param: name, isList })
      return [`asked ${name}`, repeated]
    }),
  )
}
