import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type * as models from '../models/index.ts'
import type { Clock, ClockOptions } from './clock.ts'

/**
 * What Neon over HTTP, PGlite and Postgres over TCP have in common: one statement at a time. There is no
 * `transaction()`, because Neon's HTTP endpoint has no interactive ones. An atomic write is one statement.
 */
export type Database = Omit<PgDatabase<PgQueryResultHKT, typeof models>, 'transaction' | 'query'>

/** What a migration needs of a database: the first column of an answer, and several statements in one transaction. */
export type MigrationExecutor = {
  /** The schema of all tables and of the journal. */
  schema: string
  column: (text: string) => Promise<unknown[]>
  atomically: (statements: string[]) => Promise<void>
}

/** How busy a pool is at the moment: its connections, and the statements that run or lack only a connection. */
export type PoolLoad = { connections: number; running: number; waiting: number; most: number }

/** A connected database with its clock, its migration executor and a way to close it. */
export type Connection = {
  db: Database
  clock: Clock
  executor: MigrationExecutor
  /** Where the database is, for people. */
  description: string
  /** Missing where nothing is pooled. */
  load?: () => PoolLoad
  close: () => Promise<void>
}

export type ConnectOptions = Omit<ClockOptions, 'onWrong'> & {
  /** Called with a log event that an operator should know of. */
  warn?: (event: string, fields: Record<string, string | number>) => void
  /** Called each time a statement is sent, which is one round trip. Tests count with it. */
  onStatement?: (text: string) => void
  /** Called when this process has lost the database, and only a new process can help. */
  onLost?: (reason: Error) => void
  /** The maximum number of connections over TCP. */
  poolSize?: number | undefined
  /** The schema of the tables, by default the one that the models name. */
  schema?: string | undefined
  /** The kind of pooler before a server over TCP, if its address does not tell. */
  pooler?: 'session' | 'transaction' | undefined
}
