import { drizzleOver } from './drizzle.ts'
import { type Embedded, type EmbeddedOptions, openEmbedded } from './embedded/open.ts'
import type { Connection, ConnectOptions } from './index.ts'
import type { MigrationExecutor } from './migrate.ts'

/** The embedded Postgres: a folder, or memory without one. */
export async function connectPglite({
  folder,
  dump,
  onLost,
  ...options
}: EmbeddedOptions & ConnectOptions = {}): Promise<Connection> {
  const embedded = await openEmbedded({
    ...(folder && { folder }),
    ...(dump && { dump }),
    ...(onLost && { onLost }),
    onStopped: ({ message }) => options.warn?.('database_stopped', { reason: message }),
  })
  const send = ({ text, params }: { text: string; params: unknown[] }) =>
    embedded.query<unknown[]>(text, params, { rowMode: 'array' })
  return {
    ...drizzleOver(send, options),
    description: folder ?? 'memory',
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
