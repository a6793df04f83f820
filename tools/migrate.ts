import { parseArgs } from 'node:util'
import { parseConfig } from '../src/config.ts'
import { connect } from '../src/database/connect.ts'
import { migrationFailure, sqlState } from '../src/database/errors.ts'
import { findFormerHome } from '../src/database/former-installation.ts'
import type { Connection } from '../src/database/index.ts'
import { finishMigrating, migrate } from '../src/database/migrate.ts'

const MOVED = `The tables of 0.1.0 were moved into a schema of their own. A 0.1.0 that still runs goes on by views where the
tables were; when none does, remove these: npm run db:migrate -- --finish`

/** Applies drizzle/ to the configured database; migrating needs no secret, so any will do where none is set. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { finish: { type: 'boolean', default: false } } })
  const { database } = parseConfig({
    ...process.env,
    JWT_ALGORITHM: 'HS256',
    JWT_SECRET_KEY: crypto.randomUUID(),
  })
  const connection = await connect(database)
  try {
    await bringUpToDate(connection, values.finish)
  } catch (error) {
    const advice = sqlState(error) === '42501' ? '. The rights it needs: npm run db:grants' : ''
    throw new Error(
      `Migrating failed: ${migrationFailure(error)} (${connection.description})${advice}`,
    )
  } finally {
    await connection.close()
  }
}

async function bringUpToDate({ executor }: Connection, isFinishing: boolean): Promise<void> {
  const isMoving = (await findFormerHome(executor)) !== undefined
  const count = await migrate(executor)
  console.log(count === 0 ? 'The schema is up to date.' : `Applied ${count} migration(s).`)
  if (isFinishing) await finishMigrating(executor)
  else if (isMoving) console.log(MOVED)
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
