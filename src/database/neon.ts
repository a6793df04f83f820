import { type FullQueryResults, neon, neonConfig } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/neon-http'
import * as models from '../models/index.ts'
import { STATEMENT_DEADLINE_MILLISECONDS } from './deadlines.ts'
import { DatabaseUnavailable } from './errors.ts'
import type { Connection, ConnectOptions } from './index.ts'
import { sendRead } from './reads.ts'

type NeonOptions = ConnectOptions & {
  /** Where SQL is sent instead of Neon's own host, e.g. the local endpoint. One a process: the driver keeps it globally. */
  endpoint: string | undefined
}

/** Neon over HTTP: one fetch a statement, given up at the deadline; holds no socket, so an isolate may keep it. */
export function connectNeon(url: string, { endpoint, onStatement }: NeonOptions): Connection {
  if (endpoint) neonConfig.fetchEndpoint = endpoint
  neonConfig.fetchFunction = (input: string, init: RequestInit) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(STATEMENT_DEADLINE_MILLISECONDS) })

  const client = neon(url, { arrayMode: true })
  const logger = onStatement && { logQuery: onStatement }
  return {
    db: drizzle({ client: checkedClient(url), schema: models, ...(logger && { logger }) }),
    executor: {
      column: async (text) => (await client.query(text)).map((row) => row[0]),
      atomically: async (statements) => {
        await client.transaction(statements.map((text) => client.query(text)))
      },
    },
    close: async () => {},
  }
}

/** Drizzle's client, of which it uses `query` alone: whatever answers that is no Postgres is no answer. */
function checkedClient(url: string) {
  const client = neon(url)
  const send = client.query
  const query = (text: string, ...rest: [unknown[]?, object?]) =>
    sendRead(text, async () => {
      const result: unknown = await send(text, ...rest)
      if (!isResult(result)) throw new DatabaseUnavailable('an answer of another shape')
      return result
    })
  return Object.assign(client, { query: query as unknown as typeof send })
}

function isResult(value: unknown): value is FullQueryResults<boolean> {
  return typeof value === 'object' && value !== null && 'rows' in value && Array.isArray(value.rows)
}
