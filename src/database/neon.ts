import { neon, neonConfig } from '@neondatabase/serverless'
import { CONNECTION_DEADLINE_MILLISECONDS, STATEMENT_DEADLINE_MILLISECONDS } from './deadlines.ts'
import { drizzleOver } from './drizzle-session.ts'
import type { Connection, ConnectOptions } from './index.ts'
import { sendRead } from './reads.ts'
import { createUnderWay } from './under-way.ts'

type NeonOptions = ConnectOptions & {
  /** Where SQL is sent instead of Neon's own host, e.g. the local endpoint. One a process: the driver keeps it globally. */
  endpoint: string | undefined
}

/** A connection that also tells whether it is waited for. */
export type NeonConnection = Connection & {
  /** True while a statement is not answered yet. */
  isAnswerAwaited: () => boolean
}

/** Neon over HTTP: one fetch a statement, given up at the deadline; holds no socket, so an isolate may keep it. */
export function connectNeon(url: string, { endpoint, onStatement }: NeonOptions): NeonConnection {
  if (endpoint) neonConfig.fetchEndpoint = endpoint
  neonConfig.fetchFunction = (input: string, init: RequestInit) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(STATEMENT_DEADLINE_MILLISECONDS) })

  const client = neon(url, { arrayMode: true })
  const unanswered = createUnderWay(CONNECTION_DEADLINE_MILLISECONDS)
  return {
    db: drizzleOver((text, params) => {
      onStatement?.(text)
      return sendRead(text, () => unanswered.run(async () => client.query(text, params)))
    }),
    executor: {
      column: async (text) => (await client.query(text)).map((row) => row[0]),
      atomically: async (statements) => {
        await client.transaction(statements.map((text) => client.query(text)))
      },
    },
    isAnswerAwaited: unanswered.isAny,
    close: async () => {},
  }
}
