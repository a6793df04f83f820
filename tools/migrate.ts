import { ConfigError, parseConfig } from '../src/config.ts'
import { connect } from '../src/database/connect.ts'
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
  } finally {
    await connection.close()
  }
}

main().catch((error: Error) => {
  console.error(error instanceof ConfigError ? error.message : `Migrating failed: ${error.message}`)
  process.exit(1)
})
