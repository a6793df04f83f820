import { OWN_SCHEMA } from '../models/schema.ts'
import { drizzleOver } from './drizzle.ts'
import { type Embedded, type EmbeddedOptions, openEmbedded } from './embedded/open.ts'
import type { Connection, ConnectOptions, MigrationExecutor } from './index.ts'

/** The embedded Postgres: a folder, or memory without one. */
export async function connectPglite({
  folder,
  dump,
  ...options
}: EmbeddedOptions & ConnectOptions = {}): Promise<Connection> {
  const embedded = await openEmbedded({ ...(folder && { folder }), ...(dump && { dump }) })
  const send = ({ text, params }: { text: string; params: unknown[] }) =>
    embedded.query<unknown[]>(text, params, { rowMode: 'array' })
  return {
    ...drizzleOver(send, options),
    description: folder ?? 'memory',
    executor: executorOf(embedded, options.schema),
    close: () => embedded.close(),
  }
}

/** The embedded database as migrating needs it. */
export function executorOf(embedded: Embedded, schema = OWN_SCHEMA): MigrationExecutor {
  return {
    schema,
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
