import type { Connection, ConnectOptions } from './index.ts'
import type { DatabaseSettings } from './settings.ts'

/** Node's one choice among the three databases: Neon's HTTP where an endpoint is named, TCP where a URL is, else embedded. */
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
