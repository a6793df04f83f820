import pg from 'pg'
import { CONNECT_DEADLINE_MILLISECONDS } from '../deadlines.ts'
import { DatabaseUnavailable } from '../errors.ts'
import type { Answer } from '../send.ts'
import type { Address } from './address.ts'
import type { Load } from './choose-connection.ts'

/** One connection of a pool. What fails on it fails its promise, and ends it where its order can be trusted no more. */
export type PoolConnection = Load & {
  readonly openedAt: number
  /** True once a statement was answered. */
  hasServed: boolean
  /** Puts the statement on the wire before it returns. */
  send: (statement: Statement) => Promise<Answer>
  /** Lets what is in flight be answered for a while, then goes. */
  end: () => void
  /** Resolves when it has gone. */
  gone: Promise<void>
  /** Goes at once: what is in flight fails, for nobody knows what became of it. */
  destroy: () => void
  /** The same, and asks the server to stop what it is doing for this connection. */
  cancel: () => void
}

/** Who is connected to, and how what a session there is doing gets stopped. */
export type Peer = Pick<Address, 'client' | 'isTlsOptional'> & {
  cancel: (session: { processID: number; secretKey: number }) => void
}

export type Statement = { name: string | undefined; text: string; params: unknown[] }

/** The types of pg leave out what its clients have. */
type Client = pg.Client & {
  connection: {
    stream: { destroy: (error?: Error) => void }
    /** By name; what the server has said to be parsed. */
    parsedStatements: Record<string, string>
  }
  processID: number
  secretKey: number
}

/**
 * After these the server will hang up, or what comes next on the connection may belong to another statement: a session
 * that was swapped (26000, 42P05), a plan that changed its shape (0A000), a protocol that went wrong (08).
 */
const ENDS_TRUST = /^(08|0A000|26000|28|42P05|53300|57P0|25P0[234]|XX)/
const UNKNOWN_STATEMENT = '26000'
const SQLSTATE = /^[0-9A-Z]{5}$/
/** A peer that is dead says nothing, and would be waited for until the system gives up. */
const END_MILLISECONDS = 2_000
/** What pg says in words alone, by the code that the system would have given it. */
const CODES: [RegExp, string][] = [
  [/does not support SSL/, 'TLS_REFUSED'],
  [/terminated|not queryable/, 'CONNECTION_ENDED'],
]

const TIMES = new Set([1082, 1083, 1114, 1184, 1266])
/** Nothing reads a time as text here (instants.ts); pg would make a Date of it, by this machine's time zone. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    TIMES.has(oid) ? String : pg.types.getTypeParser(oid, format as 'text'),
} as pg.CustomTypesConfig

/**
 * Connects, and has one statement answered, so that a server or pooler that lets everybody in and serves nobody is found
 * out here. `onEnd` is called once, when no statement should be given to it any more.
 */
export async function openConnection(
  peer: Peer,
  proof: string,
  onEnd: (connection: PoolConnection) => void,
): Promise<PoolConnection> {
  const client = await connectClient(peer, proof)
  let isEnded = false

  function destroy(): void {
    client.connection.stream.destroy()
    if (isEnded) return
    isEnded = true
    onEnd(connection)
  }
  client.on('error', destroy)
  const gone = new Promise<void>((resolve) => {
    client.on('end', () => {
      destroy()
      resolve()
    })
  })

  /** What came after a failure may be the answer to another statement. */
  function failureOf(error: Error | undefined, name: string | undefined): Error | undefined {
    if (isEnded && (!error || isTrusted(error))) return ended()
    const isUnparsed = name !== undefined && !(name in client.connection.parsedStatements)
    if (error && isUnparsed && codeOf(error) === UNKNOWN_STATEMENT) return unparsed()
    if (error && !isTrusted(error)) destroy()
    return error && named(error)
  }

  const connection: PoolConnection = {
    inFlight: 0,
    writing: 0,
    movedAt: performance.now(),
    openedAt: performance.now(),
    hasServed: false,
    send: ({ name, text, params }) =>
      new Promise((resolve, reject) => {
        const config = { ...(name && { name }), text, values: params, rowMode: 'array' }
        void client.query<unknown[]>(
          config as pg.QueryArrayConfig,
          (error: Error | undefined, result) => {
            const failure = failureOf(error, name)
            if (failure) reject(failure)
            else resolve({ fields: result.fields, rows: result.rows, distrust: destroy })
          },
        )
      }),
    end() {
      void client.end()
      setTimeout(destroy, END_MILLISECONDS).unref()
    },
    gone,
    destroy,
    cancel() {
      peer.cancel(client)
      destroy()
    },
  }
  return connection
}

/** A connected client that has had `proof` answered within the deadline, or nothing at all. */
export async function connectClient(
  { client: config, isTlsOptional }: Peer,
  proof: string,
): Promise<Client> {
  try {
    return await connectOnce(config, proof)
  } catch (error) {
    // What `sslmode=prefer` asks for: TLS where the server has it.
    if (!isTlsOptional || failedFor(error) !== 'TLS_REFUSED') throw error
    return connectOnce({ ...config, ssl: false }, proof)
  }
}

async function connectOnce(config: pg.ClientConfig, proof: string): Promise<Client> {
  const client = new pg.Client({ ...config, types, pipeline: true, keepAlive: true }) as Client
  const late = new DatabaseUnavailable('no connection in time', 'CONNECT_TIMEOUT')
  const timer = setTimeout(
    () => client.connection.stream.destroy(late),
    CONNECT_DEADLINE_MILLISECONDS,
  )
  // Whoever waits for an answer hears of it by that; there must be a listener all the same.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(proof).catch((error: Error) => {
      // It was answered, though with a no: some poolers take no settings.
      if (!isTrusted(error)) throw error
    })
    return client
  } catch (error) {
    client.connection.stream.destroy()
    throw named(error as Error)
  } finally {
    clearTimeout(timer)
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}

function isTrusted(error: Error): boolean {
  const code = codeOf(error)
  return error instanceof pg.DatabaseError && SQLSTATE.test(code) && !ENDS_TRUST.test(code)
}

function ended(): Error {
  return new DatabaseUnavailable('the connection was given up', 'CONNECTION_ENDED')
}

/** What pg sent for a statement while the first that was to parse it was under way, and failed. */
function unparsed(): Error {
  return new DatabaseUnavailable('the statement was not parsed', 'STATEMENT_UNPARSED')
}

/** What has no code of its own gets one, for the log and for whoever decides whether to try again. */
function named(error: Error): Error {
  if ('code' in error && error.code) return error
  const code = CODES.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'CONNECTION_FAILED'
  return new DatabaseUnavailable(error.message, code, { cause: error })
}

function failedFor(error: unknown): unknown {
  return error instanceof DatabaseUnavailable ? error.code : undefined
}
