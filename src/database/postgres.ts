import { drizzle } from 'drizzle-orm/postgres-js'
import postgres, { type Sql } from 'postgres'
import * as models from '../models/index.ts'
import { CONNECTION_DEADLINE_MILLISECONDS, STATEMENT_DEADLINE_MILLISECONDS } from './deadlines.ts'
import { DatabaseUnavailable } from './errors.ts'
import type { Connection, ConnectOptions } from './index.ts'

const MAX_CONNECTIONS = 10
const CONNECT_SECONDS = 3
const CLOSE_SECONDS = 5

/** Any Postgres over TCP, pipelined, with prepared statements. For Node: sockets must not outlive a Workers request. */
export function connectPostgres(url: string, { onStatement }: ConnectOptions = {}): Connection {
  const pool = replaceablePool(() =>
    postgres(url, {
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

type Pending = PromiseLike<unknown> & { values: () => PromiseLike<unknown> }

/**
 * A client whose pool is thrown away and made anew when a statement is not answered at all, for a connection that
 * swallows packets would otherwise be waited for until TCP gives up, a quarter of an hour later.
 */
function replaceablePool(open: () => Sql) {
  let current = open()

  function withDeadline(statement: PromiseLike<unknown>, pool: Sql): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new DatabaseUnavailable('no answer'))
        if (current !== pool) return
        current = open()
        pool.end({ timeout: 0 }).catch(() => {})
      }, CONNECTION_DEADLINE_MILLISECONDS)
      statement.then(
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

  const unsafe = (...args: Parameters<Sql['unsafe']>): Pending => {
    const pool = current
    const statement = pool.unsafe(...args)
    return {
      // biome-ignore lint/suspicious/noThenProperty: a statement of postgres.js is sent when it is awaited, and so is this.
      then: (resolve, reject) => withDeadline(statement, pool).then(resolve, reject),
      values: () => withDeadline(statement.values(), pool),
    }
  }
  // Drizzle uses no more of a client than these two members unless a transaction is opened, which `Database` has not.
  return { client: { options: current.options, unsafe } as unknown as Sql, current: () => current }
}
