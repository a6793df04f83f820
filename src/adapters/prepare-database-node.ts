import { failureCode, migrationFailure } from '../database/errors.ts'
import type { Connection, MigrationExecutor } from '../database/index.ts'
import { finishMigrating, migrate, migrationState } from '../database/migrate.ts'
import { findOtherInstallations } from '../database/schema/catalogue.ts'

/** Between two tries, twice as long after each; half of it is chance, so that several instances do not all come at once. */
const FIRST_PAUSE_MILLISECONDS = 1_000
const LONGEST_PAUSE_MILLISECONDS = 4_000

/** The service stops. */
const CLOSED = 'POOL_CLOSED'

const BEHIND = 'The database schema is older than this version needs. Run: npm run db:migrate'

type Options = {
  /** An embedded database is this version's alone and is brought up to date, whatever it holds. */
  isEmbedded: boolean
  say: (line: string) => void
}

/**
 * Makes the tables of a database that has none, and learns its time. Resolves after the first try: where the database is
 * not reached it says so, once for each reason, and goes on trying while requests are answered with 503.
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

/** The reason of a failure; of an embedded database there is nobody to wait for, and it is thrown. */
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

/** A name that is not the one the tables were made under would show an empty service, and no error. */
async function created(executor: MigrationExecutor): Promise<string> {
  const others = await findOtherInstallations(executor)
  const note = others.length > 0 ? ` Others are in ${others.join(', ')} (DATABASE_SCHEMA).` : ''
  return `The database was empty: its tables were created, in the schema ${executor.schema}.${note}`
}
