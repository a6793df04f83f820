import { requiredOnNode } from '../src/config/database.ts'
import { parseConfig } from '../src/config/index.ts'
import type { DatabaseSettings } from '../src/database/settings.ts'

/** Returns the configured database. A tool that only uses the database neither signs tokens nor listens. */
export function databaseConfig(): DatabaseSettings {
  const others = {
    JWT_ALGORITHM: 'HS256',
    JWT_KEYS: undefined,
    JWT_SECRET_KEY: crypto.randomUUID(),
    HOST: undefined,
    PORT: undefined,
  }
  const { database } = parseConfig({ ...process.env, ...others }, requiredOnNode(process.env))
  return database
}
