import { createHash } from 'node:crypto'
import { OWN_SCHEMA } from '../../models/schema.ts'
import { STATEMENT_DEADLINE_MILLISECONDS } from '../deadlines.ts'
import { drizzleOver } from '../drizzle.ts'
import type { Connection, ConnectOptions } from '../index.ts'
import { SCHEMA_VERSION } from '../schema-version.ts'
import type { Sent } from '../send.ts'
import { type Address, readAddress } from './address.ts'
import { createPool } from './pool.ts'
import { connectClient, openConnection } from './pool-connection.ts'

/** A setting of the session, which a pooler would hand on to somebody else with it. */
const LIMIT = `set statement_timeout = ${STATEMENT_DEADLINE_MILLISECONDS}`
const UNPREPARED = { kind: 'write', isPrepared: false, userId: undefined } as const
const NOTHING = 'select 1'
/** Where sessions were swapped once they will be again, unless somebody did it by hand. */
const UNNAMED_MILLISECONDS = 3_600_000
const POOLER_ADVICE = 'a pooler lends sessions by the transaction: set DATABASE_POOLER=transaction'

/** Any Postgres over TCP or a socket. For Node: sockets must not outlive a Workers request. */
export function connectPostgres(url: string, options: ConnectOptions = {}): Connection {
  const address = readAddress(url, options)
  const { isTransactionPooler: isExclusive, poolSize: size, description } = address
  const names = statementNames(!isExclusive)
  const pool = createPool({
    size,
    isExclusive,
    open: (onEnd) => openConnection(address, isExclusive ? NOTHING : LIMIT, onEnd),
    nameOf: names.of,
    onSwapped() {
      if (names.stop()) options.warn?.('sessions_are_swapped', { advice: POOLER_ADVICE })
    },
  })
  return {
    ...drizzleOver(pool.send, { ...options, gathers: true }),
    description,
    executor: {
      schema: options.schema ?? OWN_SCHEMA,
      column: async (text) => {
        const sent: Sent = { ...UNPREPARED, text, params: [] }
        return (await pool.send(sent)).rows.map(([first]) => first)
      },
      atomically: (statements) => inTransaction(address, statements),
    },
    close: pool.close,
  }
}

/**
 * Names that mean one statement wherever they are met: a pooler may hand a session on to another version of this service,
 * and after a migration a plan may be of no use. Postgres cuts names at 63 bytes.
 */
function statementNames(isNaming: boolean) {
  const names = new Map<string, string>()
  let offUntil = isNaming ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const isOn = () => performance.now() > offUntil
  return {
    of({ text, isPrepared }: Sent): string | undefined {
      if (!isPrepared || !isOn()) return undefined
      const known = names.get(text)
      if (known !== undefined) return known
      const name = createHash('sha256').update(`${SCHEMA_VERSION} ${text}`).digest('base64url')
      names.set(text, name)
      return name
    },
    /** Names nothing for a while; true where it did until now. */
    stop(): boolean {
      const wasOn = isOn()
      if (isNaming) offUntil = performance.now() + UNNAMED_MILLISECONDS
      return wasOn
    },
  }
}

/** On a connection of its own, with no limit of time: a migration takes as long as it takes. */
async function inTransaction(address: Address, statements: string[]): Promise<void> {
  const client = await connectClient(address, NOTHING)
  try {
    await client.query('begin')
    await client.query('set local statement_timeout = 0')
    for (const text of statements) await client.query(text)
    await client.query('commit')
  } finally {
    await client.end()
  }
}
