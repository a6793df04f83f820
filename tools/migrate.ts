import { parseConfig } from '../src/config.ts'
import { connect } from '../src/database/connect.ts'
import { failureCode, sqlState } from '../src/database/errors.ts'
import { migrate } from '../src/database/migrate.ts'

/** Applies drizzle/ to the configured database; migrating needs no secret, so any will do where none is set. */
async function main(): Promise<void> {
  const { database } = parseConfig({
    ...process.env,
    JWT_ALGORITHM: 'HS256',
    JWT_SECRET_KEY: crypto.randomUUID(),
  })
  const connection = await connect(database)
  try {
    const count = await migrate(connection.executor)
    console.log(count === 0 ? 'The schema is up to date.' : `Applied ${count} migration(s).`)
  } catch (error) {
    throw new Error(`Migrating failed: ${reasonOf(error)} (${connection.description})`)
  } finally {
    await connection.close()
  }
}

/** Postgres' own message where it spoke; those of drivers may quote the connection string. */
function reasonOf(error: unknown): string {
  const { name, message } = error as Error
  const code = failureCode(error) ?? name
  return sqlState(error) ? `${code} ${message}` : code
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
