import type { Query } from 'drizzle-orm'
import type { Database } from './index.ts'
import { type Params, type Placeholders, placeholders, type ValuesOf } from './params.ts'
import type { StatementKind } from './send.ts'

/** A statement's name, and its parameters by name and type. */
export type Declaration<Declared extends Params> = { name: string; params: Declared }

/** Sends the statement with these values, in one round trip. */
export type Statement<Declared extends Params, Result> = (
  db: Database,
  values: ValuesOf<Declared>,
) => Promise<Result>

/** A query of Drizzle's builder. */
export type Preparable<Row> = { prepare: (name: string) => Prepared<Row> }

type Prepared<Row> = {
  getQuery: () => Query
  execute: (values: Record<string, unknown>) => Promise<Row[]>
}

/** A statement as the tests and benchmarks see it. */
type KnownStatement = {
  name: string
  kind: StatementKind
  prepare: (db: Database) => Prepared<unknown>
}

const every: KnownStatement[] = []

/**
 * Declares a statement that reads, writes or counts. It is built once for each database, so that no request builds or
 * plans it again.
 */
export function statement<const Declared extends Params, Row>(
  { name, kind, params }: Declaration<Declared> & { kind: StatementKind },
  build: (db: Database, p: Placeholders<Declared>) => Preparable<Row>,
): Statement<Declared, Row[]> {
  const prepare = (db: Database) => build(db, placeholders(params)).prepare(`${kind} ${name}`)
  const prepared = new WeakMap<Database, Prepared<Row>>()
  every.push({ name, kind, prepare })
  return (db, values) => {
    const query = prepared.get(db) ?? prepare(db)
    prepared.set(db, query)
    return query.execute(values)
  }
}

const KINDS: readonly StatementKind[] = ['read', 'write', 'count']

/** Returns the kind that a prepared query was declared with. An undeclared query counts as a write. */
export function kindOf(preparedAs: string | undefined): StatementKind {
  return KINDS.find((kind) => preparedAs?.startsWith(`${kind} `)) ?? 'write'
}

/** Returns every statement of the loaded modules, for rules that all must follow. */
export function everyStatement(): readonly KnownStatement[] {
  return every
}
