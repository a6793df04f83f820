import type { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import * as models from '../models/index.ts'
import { type EmbeddedOptions, openEmbedded } from './embedded/open.ts'
import type { Connection, ConnectOptions } from './index.ts'

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
    executor: {
      column: async (text) =>
        (await embedded.query<unknown[]>(text, [], { rowMode: 'array' })).rows.map((row) => row[0]),
      atomically: (statements) =>
        embedded.exclusive(async (session) => {
          await session.exec(['begin', ...statements, 'commit'].join(';\n'))
        }),
    },
    close: () => embedded.close(),
  }
}
