import { failureCode, migrationFailure } from '../database/errors.ts'
import type { Connection, MigrationExecutor } from '../database/index.ts'
import { finishMigrating, migrate, migrationState } from '../database/migrate.ts'
import { findOtherInstallations } from '../database/schema/catalogue.ts'

/**
 * The pause between two attempts, which doubles each time. Half of it is random, so that several instances do not come
 * at once.
 */
const FIRST_PAUSE_MILLISECONDS = 1_000
const LONGEST_PAUSE_MILLISECONDS = 4_000

/** The code of a failure because the service stops. */
const CLOSED = 'POOL_CLOSED'

const BEHIND = 'The database schema is older than this version needs. Run: npm run db:migrate'

type Options = {
  /** An embedded database belongs to this version alone, so it is migrated whatever it holds. */
  isEmbedded: boolean
  say: (line: string) => void
}

/**
 * Makes the tables of a database that has none, and learns its time. Resolves after the first attempt. If the database
 * cannot be reached, it says so once for each reason and keeps trying. Meanwhile requests get 503.
 */
export async function prepareDatabase(connection: Connection, options: Options): Promise<void> {
  const failed = await tryOnce(connection, options)
  if (failed === undefined) return
  options.say(said(failed, connection))
  void keepTrying(connection, options, failed)
}

async function keepTrying(connection: Connection, options: Options, first: string): Promise<void> {
  let told = first
  let pause = FIRST_PAUSE_MILLISECONDS
  for (;;) {
    await new Promise((resolve) => {
      setTimeout(resolve, pause * (0.5 + Math.random() / 2)).unref()
    })
    const failed = await tryOnce(connection, options)
    if (failed === undefined) return options.say('The database answers.')
    if (failed === CLOSED) return
    if (failed !== told) options.say(said(failed, connection))
    told = failed
    pause = Math.min(LONGEST_PAUSE_MILLISECONDS, 2 * pause)
  }
}

/** Returns the reason of a failure. For an embedded database it throws instead, because waiting does not help. */
async function tryOnce(
  { executor, clock }: Connection,
  { isEmbedded, say }: Options,
): Promise<string | undefined> {
  try {
    if (isEmbedded) {
      await migrate(executor)
      await finishMigrating(executor)
    } else {
      const state = await migrationState(executor)
      if (state === 'behind') say(BEHIND)
      if (state === 'empty' && (await migrate(executor)).applied > 0) say(await created(executor))
    }
    await clock.confirm()
    return undefined
  } catch (error) {
    if (isEmbedded) throw error
    return failureCode(error) === CLOSED ? CLOSED : migrationFailure(error)
  }
}

function said(reason: string, { description }: Connection): string {
  return `The database cannot be used: ${reason} (${description}). Requests get 503; trying on.`
}

/** Names other installations. Under a wrong schema name the service would seem empty, without an error. */
async function created(executor: MigrationExecutor): Promise<string> {
  const others = await findOtherInstallations(executor)
  const note = others.length > 0 ? ` Others are in ${others.join(', ')} (DATABASE_SCHEMA).` : ''
  return `The database was empty: its tables were created, in the schema ${executor.schema}.${note}`
}
