import { type SQL, type Subquery, sql } from 'drizzle-orm'
import type { Database } from './index.ts'
import { databaseTime } from './instants.ts'
import { parameterRow, parameterRows } from './parameter-row.ts'
import type { Params, ParamType, Placeholders, ValuesOf } from './params.ts'
import { type Declaration, type Preparable, type Statement, statement } from './statement.ts'

/** A select of Drizzle's builder. */
type Select<Row> = PromiseLike<Row[]> & { as: (alias: string) => Subquery }

/** An answer repeats all parameters, and a time would not come back as it was sent. */
type Repeatable = Exclude<ParamType, 'timestamptz'>
type ReadParams = Readonly<Record<string, Repeatable | `${Repeatable}?`>>

type Read<Declared extends Params, Row> = Declaration<Declared> & {
  /** Selects the rows to find. One column at least is never null, for a row of nulls means that nothing was found. */
  find: (db: Database, p: Placeholders<Declared>) => Select<Row> & Recognizable<Row>
}

/** What no select fits where every column may be null. */
type Recognizable<Row> = true extends {
  [Name in keyof Row]: null extends Row[Name] ? false : true
}[keyof Row]
  ? unknown
  : { error: 'select a column that is never null' }

type Columns<Row> = Record<keyof Row, SQL>

/** The order, by the columns of `find`. */
type Ordered<Row> = { order?: (found: Columns<Row>) => SQL[] }

/** The columns of a found row, all null if nothing is found. */
type Joined<Row> = { [Name in keyof Row]: Row[Name] | null }

/**
 * Declares a statement that finds rows and changes nothing. Its answer repeats all parameters (parameter-row.ts). What
 * it finds is joined as one subquery. With several joins in a row, Postgres 18 may return rows that no condition allows.
 */
export function read<const Declared extends ReadParams, Row extends object>({
  find,
  order = () => [],
  ...declaration
}: Read<Declared, Row> & Ordered<Row>): Statement<Declared, Row[]> {
  const send = statement({ ...declaration, kind: 'read' }, (db, p) => {
    const question = parameterRow(p)
    return answering<Row>(db, question, find(db, question.columns as Placeholders<Declared>), order)
  })
  return async (db, values) => (await send(db, values)).filter(isFound)
}

/** The parameters of a read of many keys, each a list. */
type Lists = Record<string, Extract<ParamType, `${ParamType}[]`>>
type Keys<Declared extends Lists> = {
  [Name in keyof Declared]: Declared[Name] extends `${infer Type extends ParamType}[]`
    ? Type
    : never
}

/**
 * Declares a read of many keys in one statement. It returns the one row of each key, or undefined, in the keys' order.
 */
export function readMany<const Declared extends Lists, Row extends object>({
  find,
  ...declaration
}: Read<Declared, Row>) {
  const names = Object.keys(declaration.params)
  const send = statement({ ...declaration, kind: 'read' }, (db, p) => {
    const questions = parameterRows(p)
    const found = find(db, questions.columns as Placeholders<Declared>)
    return answering<Row>(db, questions, found, () => [questions.at])
  })
  return async (db: Database, keys: readonly ValuesOf<Keys<Declared>>[]) => {
    const lists = names.map((name) => [name, keys.map((key) => key[name])])
    const rows = await send(db, Object.fromEntries(lists))
    return rows.map((row) => (isFound(row) ? row : undefined))
  }
}

/** Selects the parameters, with the found rows joined to each. */
function answering<Row>(
  db: Database,
  question: { from: SQL; echo: Record<string, SQL> },
  select: Select<Row>,
  order: (found: Columns<Row>) => SQL[],
) {
  const found = select.as('found')
  const columns = columnsOf<Row>(found)
  const query = db
    .select({ ...question.echo, ...databaseTime, ...(columns as Record<string, SQL>) })
    .from(question.from)
    .leftJoinLateral(found as never, sql`true`)
    .orderBy(...order(columns))
  return query as unknown as Preparable<Joined<Row>>
}

/** The columns of a subquery, by their names. */
export function columnsOf<Row>(found: Subquery): Columns<Row> {
  const columns = found as unknown as Record<string, SQL>
  const names = Object.keys(found._.selectedFields)
  return Object.fromEntries(names.map((name) => [name, columns[name]])) as Columns<Row>
}

function isFound<Row extends object>(row: Joined<Row>): row is Row & Joined<Row> {
  return Object.values(row).some((value) => value !== null)
}
