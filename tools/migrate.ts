import { parseArgs } from 'node:util'
import { connect } from '../src/database/connect.ts'
import { migrationFailure, sqlState } from '../src/database/errors.ts'
import type { Connection, MigrationExecutor } from '../src/database/index.ts'
import { finishMigrating, type Migrated, migrate } from '../src/database/migrate.ts'
import { findOtherInstallations } from '../src/database/schema/catalogue.ts'
import { findFormerHomes } from '../src/database/schema/former-installation.ts'
import { databaseConfig } from './database-config.ts'

const FINISH = 'npm run db:migrate -- --finish'
const RIGHTS = `
The rights it needs: npm run db:grants. Tables of 0.1.0 can be moved by their owner, or by a superuser.`

/** Applies drizzle/ to the configured database. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { finish: { type: 'boolean', default: false } } })
  const connection = await connect(databaseConfig())
  try {
    await bringUpToDate(connection, values.finish)
  } catch (error) {
    const advice = sqlState(error) === '42501' ? RIGHTS : ''
    throw new Error(
      `Migrating failed: ${migrationFailure(error)} (${connection.description})${advice}`,
    )
  } finally {
    await connection.close()
  }
}

async function bringUpToDate({ executor }: Connection, isFinishing: boolean): Promise<void> {
  const migrated = await migrate(executor)
  const { applied, former } = migrated
  console.log(applied === 0 ? 'The schema is up to date.' : `Applied ${applied} migration(s).`)
  for (const note of await notesOn(executor, migrated)) console.log(note)
  // A move that is finished at once would cut off a running 0.1.0.
  if (!isFinishing || former !== undefined) return
  const hasEnded = await finishMigrating(executor)
  console.log(hasEnded ? 'The move from 0.1.0 is finished.' : 'There is no move to finish.')
}

/** Returns notes on what an operator might not expect. */
async function notesOn(executor: MigrationExecutor, { former }: Migrated): Promise<string[]> {
  const { schema } = executor
  const others = await findOtherInstallations(executor)
  const left = (await findFormerHomes(executor)).filter((home) => home !== schema)
  return [
    ...(former && former.home !== schema
      ? [`The tables of 0.1.0 were moved from ${former.home} to ${schema}. ${meanwhile(former)}`]
      : []),
    ...left.map(
      (home) => `Tables of 0.1.0 in ${home} were left there, for ${schema} has its own already.`,
    ),
    ...(others.length > 0
      ? [`Other installations are in: ${others.join(', ')} (DATABASE_SCHEMA).`]
      : []),
  ]
}

function meanwhile({ canKeepRunning }: NonNullable<Migrated['former']>): string {
  return canKeepRunning
    ? `A 0.1.0 that runs goes on by views; when none does: ${FINISH}`
    : `They had row-level security, which would not hold through views: stop 0.1.0, then: ${FINISH}`
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
