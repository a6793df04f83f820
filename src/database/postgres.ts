import postgres from 'postgres'
import { createConnections } from './connections.ts'
import { STATEMENT_DEADLINE_MILLISECONDS } from './deadlines.ts'
import { drizzleOver } from './drizzle-session.ts'
import { allowGathering } from './gather.ts'
import type { Connection, ConnectOptions } from './index.ts'

const MAX_CONNECTIONS = 10
const CONNECT_SECONDS = 3
/** libpq's own words, which Neon's connection strings hold; postgres.js would send them on, and a server refuses them. */
const LIBPQ_ONLY = ['channel_binding', 'gssencmode', 'sslsni']

/** Dates and instants go to and fro as text (by their OIDs), for it is Drizzle's columns that read and write them. */
const AS_TEXT = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (text: string) => text,
  parse: (text: string) => text,
}

/** Any Postgres over TCP, pipelined, with prepared statements. For Node: sockets must not outlive a Workers request. */
export function connectPostgres(url: string, { onStatement }: ConnectOptions = {}): Connection {
  const address = withoutLibpqWords(url)
  const { send, first, close } = createConnections(MAX_CONNECTIONS, (onclose) =>
    postgres(address, {
      max: 1,
      connect_timeout: CONNECT_SECONDS,
      max_lifetime: null,
      backoff: false,
      // No column is an array, and a connection broken while it reads these rows would shift those of its next statement.
      fetch_types: false,
      types: { instant: AS_TEXT },
      onnotice: () => {},
      onclose,
      connection: {
        application_name: 'edge-auth',
        statement_timeout: STATEMENT_DEADLINE_MILLISECONDS,
      },
    }),
  )
  const db = drizzleOver((text, ...rest) => {
    onStatement?.(text)
    return send(text, ...rest)
  })
  allowGathering(db)
  return {
    db,
    executor: {
      column: async (text) => (await first().unsafe(text).values()).map((row) => row[0]),
      atomically: async (statements) => {
        await first().begin(async (transaction) => {
          await transaction.unsafe('set local statement_timeout = 0')
          for (const text of statements) await transaction.unsafe(text)
        })
      },
    },
    close,
  }
}

function withoutLibpqWords(url: string): string {
  const parsed = new URL(url)
  for (const name of LIBPQ_ONLY) parsed.searchParams.delete(name)
  return parsed.href
}
