import { type SQL, sql } from 'drizzle-orm'

/** The parameter that a column of an answer repeats. For a list, each row repeats one item, in the list's order. */
export type Echo = { param: string; isList: boolean }

const echoes = new WeakMap<object, Echo>()

/** Returns the parameter that this column repeats, if any. */
export function echoOf(column: object): Echo | undefined {
  return echoes.get(column)
}

/** The parameters of a statement, by name. */
type Given = Readonly<Record<string, SQL>>

/**
 * Returns a statement's parameters as one row, to which the statement joins what it finds. So there is an answer even
 * if nothing is found, and it repeats the question. The database layer compares `echo` with the values that it sent,
 * and refuses any other answer. So no fault of a driver or pooler gives one person another's row.
 */
export function parameterRow(parameters: Given) {
  const columns = columnsOf(parameters)
  const values = sql.join(Object.values(parameters), sql`, `)
  return {
    from: sql`(values (${values})) as asked (${identifiers(parameters)})`,
    columns,
    echo: echoing(columns, false),
  }
}

/** The same for several questions, whose parameters are lists of equal length. The answer must be ordered by `at`. */
export function parameterRows(parameters: Given) {
  const columns = columnsOf(parameters)
  const lists = sql.join(Object.values(parameters), sql`, `)
  return {
    from: sql`unnest(${lists}) with ordinality as asked (${identifiers(parameters)}, "at")`,
    columns,
    at: sql`asked."at"`,
    echo: echoing(columns, true),
  }
}

function columnsOf(parameters: Given): Given {
  if (Object.keys(parameters).length === 0) throw new Error('an answer repeats at least one id')
  const columns = Object.keys(parameters).map((name) => [name, sql`asked.${sql.identifier(name)}`])
  return Object.fromEntries(columns)
}

function identifiers(parameters: Given): SQL {
  return sql.join(
    Object.keys(parameters).map((name) => sql.identifier(name)),
    sql`, `,
  )
}

function echoing(columns: Given, isList: boolean): Given {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      const repeated = sql`${column}`
      echoes.set(repeated, { param: name, isList })
      return [`asked ${name}`, repeated]
    }),
  )
}
