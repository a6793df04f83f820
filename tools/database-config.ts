import { parseConfig } from '../src/config/index.ts'
import type { DatabaseSettings } from '../src/database/settings.ts'

/** Which database is configured; whoever only works on that needs no key, so any will do where none is set. */
export function databaseConfig(): DatabaseSettings {
  const { database } = parseConfig({
    ...process.env,
    JWT_ALGORITHM: 'HS256',
    JWT_SECRET_KEY: crypto.randomUUID(),
  })
  return database
}
