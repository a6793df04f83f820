import type { Connection, ConnectOptions } from './index.ts'
import type { DatabaseSettings } from './settings.ts'

/**
 * Connects on Node: to the embedded database without a URL, over Neon's HTTP if an endpoint is set, otherwise over TCP.
 */
export async function connect(
  { url, neonHttpEndpoint, folder, poolSize, pooler, schema }: DatabaseSettings,
  given: ConnectOptions = {},
): Promise<Connection> {
  const options = { ...given, schema }
  if (url === undefined) {
    const { connectPglite } = await import('./pglite.ts')
    return connectPglite({ folder, ...options })
  }
  if (neonHttpEndpoint !== undefined) {
    const { connectNeon } = await import('./neon.ts')
    return connectNeon(url, { endpoint: neonHttpEndpoint, ...options })
  }
  const { connectPostgres } = await import('./tcp/postgres.ts')
  return connectPostgres(url, { ...options, poolSize, pooler })
}
