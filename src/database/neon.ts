import { neon, neonConfig } from '@neondatabase/serverless'
import { OWN_SCHEMA } from '../models/schema.ts'
import { refusedUrl, UNREADABLE_URL } from './connection-string.ts'
import { STATEMENT_DEADLINE_MILLISECONDS, WAKE_DEADLINE_MILLISECONDS } from './deadlines.ts'
import { drizzleOver } from './drizzle.ts'
import { createInFlight } from './in-flight.ts'
import type { Connection, ConnectOptions } from './index.ts'
import type { Answer } from './send.ts'

type NeonOptions = ConnectOptions & {
  /**
   * Where SQL is sent instead of Neon's own host, e.g. the local endpoint. One per process, because the driver keeps it
   * globally.
   */
  endpoint: string | undefined
}

/** A connection that also tells whether a statement is in flight. */
export type NeonConnection = Connection & {
  /** True while a statement has no answer yet. */
  isAnyInFlight: () => boolean
}

/** A compute that answered this recently is awake. Neon suspends it only after minutes without statements. */
const AWAKE_MILLISECONDS = 60_000

/**
 * Connects to Neon over HTTP, with one fetch per statement and a deadline. It holds no socket, so an isolate may keep
 * it.
 */
export function connectNeon(url: string, { endpoint, ...options }: NeonOptions): NeonConnection {
  if (!URL.canParse(url)) throw refusedUrl(UNREADABLE_URL)
  let answeredAt = Number.NEGATIVE_INFINITY
  const deadline = () =>
    Date.now() - answeredAt < AWAKE_MILLISECONDS
      ? STATEMENT_DEADLINE_MILLISECONDS
      : WAKE_DEADLINE_MILLISECONDS

  if (endpoint) neonConfig.fetchEndpoint = endpoint
  neonConfig.fetchFunction = async (input: string, init: RequestInit) => {
    const signal = AbortSignal.timeout(deadline())
    // Every request carries the password, so it must go nowhere but to the configured host.
    const response = await fetch(input, { ...init, redirect: 'manual', signal })
    if (isFromPostgres(response)) answeredAt = Date.now()
    return response
  }

  const client = neon(url, { arrayMode: true, fullResults: true })
  const inFlight = createInFlight(WAKE_DEADLINE_MILLISECONDS)
  const query = async (text: string, params: unknown[]) =>
    (await client.query(text, params)) as unknown as Answer

  return {
    ...drizzleOver(({ text, params }) => inFlight.run(() => query(text, params)), options),
    description: 'Neon over HTTP',
    executor: {
      schema: options.schema ?? OWN_SCHEMA,
      column: async (text) => (await query(text, [])).rows.map(([first]) => first),
      atomically: async (statements) => {
        await client.transaction(statements.map((text) => client.query(text)))
      },
    },
    isAnyInFlight: inFlight.isBusy,
    close: async () => {},
  }
}

/** Status 400 is any error of Postgres itself. A request that cannot reach Postgres gets another status. */
function isFromPostgres({ status }: Response): boolean {
  return status === 200 || status === 400
}
