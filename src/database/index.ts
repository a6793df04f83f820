import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type * as models from '../models/index.ts'
import type { MigrationExecutor } from './migrate.ts'

/**
 * What Neon over HTTP, PGlite and Postgres over TCP have in common: one statement at a time.
 * There is no `transaction()`, for Neon's HTTP endpoint has none: an atomic write is one statement.
 */
export type Database = Omit<PgDatabase<PgQueryResultHKT, typeof models>, 'transaction'>

/** A connected database, the means to migrate it, and the way to let go of it. */
export type Connection = { db: Database; executor: MigrationExecutor; close: () => Promise<void> }

export type ConnectOptions = {
  /** Called once for every statement sent, which is one round trip; tests count with it. */
  onStatement?: (text: string) => void
}
