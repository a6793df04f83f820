import { drizzle } from 'drizzle-orm/postgres-js'
import postgres, { type Sql } from 'postgres'
import * as models from '../models/index.ts'
import { CONNECTION_DEADLINE_MILLISECONDS, STATEMENT_DEADLINE_MILLISECONDS } from './deadlines.ts'
import { DatabaseUnavailable } from './errors.ts'
import type { Connection, ConnectOptions } from './index.ts'
import { sendRead } from './reads.ts'

const MAX_CONNECTIONS = 10
const CONNECT_SECONDS = 3
const CLOSE_SECONDS = 2
/** A database that is slow must not be let fill the memory with those who wait for it (security bar R02). */
const MAX_STATEMENTS = 1_000
/** libpq's own words, which Neon's connection strings hold; postgres.js would send them on, and a server refuses them. */
const LIBPQ_ONLY = ['channel_binding', 'gssencmode', 'sslsni']

/** Any Postgres over TCP, pipelined, with prepared statements. For Node: sockets must not outlive a Workers request. */
export function connectPostgres(url: string, { onStatement }: ConnectOptions = {}): Connection {
  const pool = replaceablePool(() =>
    postgres(withoutLibpqWords(url), {
      max: MAX_CONNECTIONS,
      connect_timeout: CONNECT_SECONDS,
      backoff: false,
      onnotice: () => {},
      connection: {
        application_name: 'edge-auth',
        statement_timeout: STATEMENT_DEADLINE_MILLISECONDS,
      },
    }),
  )
  const logger = onStatement && { logQuery: onStatement }
  return {
    db: drizzle({ client: pool.client, schema: models, ...(logger && { logger }) }),
    executor: {
      column: async (text) => (await pool.current().unsafe(text).values()).map((row) => row[0]),
      atomically: async (statements) => {
        await pool.current().begin(async (transaction) => {
          await transaction.unsafe('set local statement_timeout = 0')
          for (const text of statements) await transaction.unsafe(text)
        })
      },
    },
    close: () => pool.current().end({ timeout: CLOSE_SECONDS }),
  }
}

function withoutLibpqWords(url: string): string {
  const parsed = new URL(url)
  for (const name of LIBPQ_ONLY) parsed.searchParams.delete(name)
  return parsed.href
}

type Pending = PromiseLike<unknown> & { values: () => PromiseLike<unknown> }

/**
 * A client whose pool is thrown away and made anew when a statement is not answered at all, for a connection that
 * swallows packets would otherwise be waited for until TCP gives up, a quarter of an hour later.
 */
function replaceablePool(open: () => Sql) {
  let current = open()
  let unanswered = 0

  async function send(text: string, begin: (pool: Sql) => PromiseLike<unknown>) {
    if (unanswered >= MAX_STATEMENTS) throw new DatabaseUnavailable('too many statements')
    unanswered++
    try {
      return await sendRead(text, () => withDeadline(begin))
    } finally {
      unanswered--
    }
  }

  function withDeadline(begin: (pool: Sql) => PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const pool = current
      const timer = setTimeout(() => {
        reject(new DatabaseUnavailable('no answer'))
        if (current !== pool) return
        current = open()
        pool.end({ timeout: 0 }).catch(() => {})
      }, CONNECTION_DEADLINE_MILLISECONDS)
      begin(pool).then(
        (rows) => {
          clearTimeout(timer)
          resolve(rows)
        },
        (error: unknown) => {
          clearTimeout(timer)
          reject(error)
        },
      )
    })
  }

  const unsafe = (...args: Parameters<Sql['unsafe']>): Pending => ({
    // biome-ignore lint/suspicious/noThenProperty: a statement of postgres.js is sent when it is awaited, and so is this.
    then: (resolve, reject) => send(args[0], (pool) => pool.unsafe(...args)).then(resolve, reject),
    values: () => send(args[0], (pool) => pool.unsafe(...args).values()),
  })
  // Drizzle uses no more of a client than these two members unless a transaction is opened, which `Database` has not.
  return { client: { options: current.options, unsafe } as unknown as Sql, current: () => current }
}
