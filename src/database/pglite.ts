import type { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import * as models from '../models/index.ts'
import { type Embedded, type EmbeddedOptions, openEmbedded } from './embedded/open.ts'
import type { Connection, ConnectOptions } from './index.ts'
import type { MigrationExecutor } from './migrate.ts'

/** The embedded Postgres: a folder, or memory without one. */
export async function connectPglite({
  onStatement,
  ...options
}: EmbeddedOptions & ConnectOptions = {}): Promise<Connection> {
  const embedded = await openEmbedded(options)
  const logger = onStatement && { logQuery: onStatement }
  return {
    // Drizzle calls nothing of PGlite but `query`, which the embedded engine answers from its own thread.
    db: drizzle({
      client: embedded as unknown as PGlite,
      schema: models,
      ...(logger && { logger }),
    }),
    executor: executorOf(embedded),
    close: () => embedded.close(),
  }
}

/** The embedded database as migrating needs it. */
export function executorOf(embedded: Embedded): MigrationExecutor {
  return {
    column: async (text) => {
      const { rows } = await embedded.query<unknown[]>(text, [], { rowMode: 'array' })
      return rows.map((row) => row[0])
    },
    atomically: (statements) =>
      embedded.exclusive(async (session) => {
        await session.exec(['begin', ...statements, 'commit'].join(';\n'))
      }),
  }
}
