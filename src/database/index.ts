import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type * as models from '../models/index.ts'
import type { Clock, ClockOptions } from './clock.ts'

/**
 * What Neon over HTTP, PGlite and Postgres over TCP have in common: one statement at a time.
 * There is no `transaction()`, for Neon's HTTP endpoint has none: an atomic write is one statement.
 */
export type Database = Omit<PgDatabase<PgQueryResultHKT, typeof models>, 'transaction'>

/** What migrating needs of a database: the first column of an answer, and several statements that all happen or none. */
export type MigrationExecutor = {
  /** The schema that holds all tables, and the journal. */
  schema: string
  column: (text: string) => Promise<unknown[]>
  atomically: (statements: string[]) => Promise<void>
}

/** A connected database, its time, the means to migrate it, and the way to let go of it. */
export type Connection = {
  db: Database
  clock: Clock
  executor: MigrationExecutor
  /** Where it is, for people. */
  description: string
  close: () => Promise<void>
}

export type ConnectOptions = Omit<ClockOptions, 'onWrong'> & {
  /** Told of what an operator should know, in the words of a log. */
  warn?: (event: string, fields: Record<string, string | number>) => void
  /** Called for every statement each time it is sent, which is one round trip; tests count with it. */
  onStatement?: (text: string) => void
  /** Called when the database is lost for this process, so that only a new process can help. */
  onLost?: (reason: Error) => void
  /** How many connections there may be at once, over TCP. */
  poolSize?: number | undefined
  /** The schema that holds the tables; the one that the models name without it. */
  schema?: string | undefined
  /** What stands between here and a server over TCP, where its address does not tell. */
  pooler?: 'session' | 'transaction' | undefined
}
