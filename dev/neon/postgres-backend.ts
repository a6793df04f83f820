import { readAddress } from '../../src/database/tcp/address.ts'
import { cancelRunning } from '../../src/database/tcp/cancel.ts'
import type { Backend } from './backend.ts'
import { poolBackend } from './pool-backend.ts'

const MAX_CONNECTIONS = 20

/**
 * Serves a real Postgres. The name, password and database of each request are those of the server. An abandoned query
 * is cancelled.
 */
export function postgresBackend(url: string): Backend {
  const { client, isTlsOptional, ...address } = readAddress(url)
  return poolBackend({
    client: { ...client, ...(isTlsOptional && { ssl: false }) },
    pool: { max: MAX_CONNECTIONS },
    graceMs: 0,
    cancel: (session) => cancelRunning(address, session),
  })
}
