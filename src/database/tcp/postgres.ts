import { OWN_SCHEMA } from '../../models/schema.ts'
import { STATEMENT_DEADLINE_MILLISECONDS } from '../deadlines.ts'
import { drizzleOver } from '../drizzle.ts'
import type { Connection, ConnectOptions } from '../index.ts'
import type { Sent } from '../send.ts'
import { readAddress } from './address.ts'
import { cancelRunning } from './cancel.ts'
import { createPool } from './pool.ts'
import { connectClient, openConnection, type Peer } from './pool-connection.ts'
import { statementNames } from './statement-names.ts'

/** A setting of the session. A pooler in transaction mode would pass it on to other clients. */
const LIMIT = `set statement_timeout = ${STATEMENT_DEADLINE_MILLISECONDS}`
const UNPREPARED = { kind: 'write', isPrepared: false, userId: undefined } as const
const NOTHING = 'select 1'
const POOLER_ADVICE = 'a pooler lends sessions by the transaction: set DATABASE_POOLER=transaction'

/** Connects to any Postgres over TCP or a socket. Only for Node: sockets must not outlive a Workers request. */
export function connectPostgres(url: string, options: ConnectOptions = {}): Connection {
  const address = readAddress(url, options)
  const { isTransactionPooler: isExclusive, poolSize: size, description } = address
  const peer: Peer = { ...address, cancel: (session) => cancelRunning(address, session) }
  const names = statementNames(!isExclusive)
  const pool = createPool({
    size,
    isExclusive,
    open: (onEnd) => openConnection(peer, isExclusive ? NOTHING : LIMIT, onEnd),
    nameOf: names.of,
    onSwapped() {
      if (names.stop()) options.warn?.('sessions_are_swapped', { advice: POOLER_ADVICE })
    },
  })
  return {
    ...drizzleOver(pool.send, { ...options, batchesReads: true }),
    description,
    executor: {
      schema: options.schema ?? OWN_SCHEMA,
      column: async (text) => {
        const sent: Sent = { ...UNPREPARED, text, params: [] }
        return (await pool.send(sent)).rows.map(([first]) => first)
      },
      atomically: (statements) => inTransaction(peer, statements),
    },
    load: pool.load,
    close: pool.close,
  }
}

/** Uses its own connection without a time limit, because a migration may take long. */
async function inTransaction(peer: Peer, statements: string[]): Promise<void> {
  const client = await connectClient(peer, NOTHING)
  try {
    await client.query('begin')
    await client.query('set local statement_timeout = 0')
    for (const text of statements) await client.query(text)
    await client.query('commit')
  } finally {
    await client.end()
  }
}
