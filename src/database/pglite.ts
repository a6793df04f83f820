import { OWN_SCHEMA } from '../models/schema.ts'
import { drizzleOver } from './drizzle.ts'
import { type Embedded, type EmbeddedOptions, openEmbedded } from './embedded/open.ts'
import { RESET_SESSION } from './embedded/reset-session.ts'
import type { Connection, ConnectOptions, MigrationExecutor } from './index.ts'
import { createPool } from './tcp/pool.ts'
import { connectClient, openConnection, type Peer } from './tcp/pool-connection.ts'
import { statementNames } from './tcp/statement-names.ts'

const NOTHING = 'select 1'

/**
 * Connects to the embedded Postgres, in a folder or in memory. The pool has one connection, because there is one
 * session.
 */
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
  const peer = peerOf(embedded)
  const pool = createPool({
    size: 1,
    isExclusive: false,
    open: (onEnd) => openConnection(peer, RESET_SESSION, onEnd),
    nameOf: statementNames(true).of,
    onSwapped: () => {},
  })
  return {
    ...drizzleOver(pool.send, options),
    description: folder ?? 'memory',
    executor: executorOf(embedded, options.schema),
    load: pool.load,
    async close() {
      await pool.close()
      await embedded.close()
    },
  }
}

/** The embedded database as a server to connect to. Cancelling a statement restarts the engine. */
export function peerOf(embedded: Embedded): Peer {
  return {
    client: { stream: embedded.connect, user: 'postgres', database: 'postgres', ssl: false },
    isTlsOptional: false,
    // A database in memory cannot be restarted. There the statement runs to its end.
    cancel: () => void embedded.interrupt().catch(() => undefined),
  }
}

/** Returns the migration executor of the embedded database, which has no time limit. */
export function executorOf(embedded: Embedded, schema = OWN_SCHEMA): MigrationExecutor {
  const peer = peerOf(embedded)
  const run = async (text: string) => {
    const client = await connectClient(peer, NOTHING)
    try {
      return await client.query<unknown[]>({ text, rowMode: 'array' })
    } finally {
      await client.end()
    }
  }
  return {
    schema,
    column: async (text) => (await run(text)).rows.map(([first]) => first),
    // Postgres runs one message as one transaction. Connections share the session, and no other message can come
    // between.
    atomically: async (statements) => void (await run(statements.join(';\n'))),
  }
}
