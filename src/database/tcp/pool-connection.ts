import pg from 'pg'
import { CONNECT_DEADLINE_MILLISECONDS } from '../deadlines.ts'
import { DatabaseUnavailable } from '../errors.ts'
import type { Answer } from '../send.ts'
import type { Address } from './address.ts'
import type { Load } from './choose-connection.ts'

/**
 * One connection of a pool. A failed statement rejects its promise. It also ends the connection if later answers could
 * belong to other statements.
 */
export type PoolConnection = Load & {
  readonly openedAt: number
  /** True after the first statement was answered. */
  hasServed: boolean
  /** Writes the statement to the connection before it returns. */
  send: (statement: Statement) => Promise<Answer>
  /** Waits a while for the statements in flight, then closes. */
  end: () => void
  /** Resolves when the connection is closed. */
  gone: Promise<void>
  /** Closes at once. Statements in flight fail, and whether they took effect is unknown. */
  destroy: () => void
  /** The same, and asks the server to cancel what it runs for this connection. */
  cancel: () => void
}

/** A server to connect to, and how to cancel the running statement of a session there. */
export type Peer = Pick<Address, 'client' | 'isTlsOptional'> & {
  cancel: (session: { processID: number; secretKey: number }) => void
}

export type Statement = { name: string | undefined; text: string; params: unknown[] }

/** Members of pg's clients that its types leave out. */
type Client = pg.Client & {
  connection: {
    stream: { destroy: (error?: Error) => void }
    /** The statements that the server has parsed, by name. */
    parsedStatements: Record<string, string>
  }
  processID: number
  secretKey: number
}

/**
 * After these the server closes the connection, or a later answer may belong to another statement. Causes are a swapped
 * session (26000, 42P05), a plan that changed its shape (0A000) and a protocol error (08).
 */
const ENDS_TRUST = /^(08|0A000|26000|28|42P05|53300|57P0|25P0[234]|XX)/
const UNKNOWN_STATEMENT = '26000'
const SQLSTATE = /^[0-9A-Z]{5}$/
/** A dead peer never answers. Without this limit the wait lasts until the system gives up. */
const END_MILLISECONDS = 2_000
/** Codes for errors that pg reports only in words, as the system would name them. */
const CODES: [RegExp, string][] = [
  [/does not support SSL/, 'TLS_REFUSED'],
  [/terminated|not queryable/, 'CONNECTION_ENDED'],
]

const TIMES = new Set([1082, 1083, 1114, 1184, 1266])
/**
 * Keeps times as text. pg would make Dates of them by this machine's time zone, and nothing reads them (instants.ts).
 */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    TIMES.has(oid) ? String : pg.types.getTypeParser(oid, format as 'text'),
} as pg.CustomTypesConfig

/**
 * Connects, and sends one statement. This finds a server or pooler that accepts connections but serves none. Calls
 * `onEnd` once, when the connection must get no more statements.
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

  /** An answer after the connection's end may belong to another statement, so it becomes a failure. */
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
            else resolve({ fields: result.fields, rows: result.rows, endConnection: destroy })
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

/** Returns a connected client after it has answered `proof`. Throws after the deadline. */
export async function connectClient(
  { client: config, isTlsOptional }: Peer,
  proof: string,
): Promise<Client> {
  try {
    return await connectOnce(config, proof)
  } catch (error) {
    // `sslmode=prefer` asks for TLS only if the server has it.
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
  // Waiting calls reject by themselves. Without a listener the event would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(proof).catch((error: Error) => {
      // The server answered, although with an error: some poolers accept no settings.
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

/** The failure of a statement that reuses a name, sent before the statement that should have parsed it failed. */
function unparsed(): Error {
  return new DatabaseUnavailable('the statement was not parsed', 'STATEMENT_UNPARSED')
}

/** Gives an error without a code one, for the log and for the decision to retry. */
function named(error: Error): Error {
  if ('code' in error && error.code) return error
  const code = CODES.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'CONNECTION_FAILED'
  return new DatabaseUnavailable(error.message, code, { cause: error })
}

function failedFor(error: unknown): unknown {
  return error instanceof DatabaseUnavailable ? error.code : undefined
}
