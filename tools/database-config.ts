import { parseConfig } from '../src/config/index.ts'
import type { DatabaseSettings } from '../src/database/settings.ts'

/** Returns the configured database. A tool that uses only the database needs no key, so any key will do. */
export function databaseConfig(): DatabaseSettings {
  const { database } = parseConfig({
    ...process.env,
    JWT_ALGORITHM: 'HS256',
    JWT_SECRET_KEY: crypto.randomUUID(),
  })
  return database
}
