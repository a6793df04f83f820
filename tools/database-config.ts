import { type Config, parseConfig } from '../src/config/index.ts'

/** Which database is configured; whoever only works on that needs no key, so any will do where none is set. */
export function databaseConfig(): Config['database'] {
  const { database } = parseConfig({
    ...process.env,
    JWT_ALGORITHM: 'HS256',
    JWT_SECRET_KEY: crypto.randomUUID(),
  })
  return database
}
