import { fileURLToPath } from 'node:url'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import { hasSchema, hasTable } from './catalogue.ts'
import { isDuplicate, sqlState } from './errors.ts'
import { adoption, findFormerHome, finishMove, viewsFor } from './former-installation.ts'
import type { MigrationExecutor } from './index.ts'
import { JOURNAL, journalIn, placed, quotedName, quotedText } from './names.ts'
import { SCHEMA_VERSION } from './schema-version.ts'

const FOLDER = fileURLToPath(new URL('../../drizzle', import.meta.url))

/** Creating the same schema twice at once fails even with "if not exists"; the lock ends with the transaction. */
const LOCK = 'select pg_advisory_xact_lock(6504158)'
/**
 * Whoever waits for a table has everybody wait who comes after, and may lock out one that holds another table. So a
 * migration gives up after half of Postgres' deadlock_timeout, before anybody else has to, and comes again.
 */
const BRIEFLY = 'set local lock_timeout = 500'
const IN_THE_WAY = new Set(['55P03', '40P01'])
const ATTEMPTS = 60
const PAUSE_MILLISECONDS = 500

/** The first migrations name the schema that their tables were made in before there was one of our own. */
const FORMER_NAME = /"public"\./g

/**
 * Applies what is missing of drizzle/, each migration and its journal row in one transaction, and gives their number.
 * Tables of 0.1.0 are moved. Safe to run twice, and twice at once; where nothing is missing nothing is created, so that
 * no right to create is needed.
 */
export async function migrate(executor: MigrationExecutor, folder = FOLDER): Promise<number> {
  const { schema, atomically } = executor
  const migrations = readMigrationFiles({ migrationsFolder: folder })
  const applied = await findApplied(executor)
  const former = await findFormerHome(executor)
  const adopted =
    former !== undefined && applied.size === 0 ? await adoption(executor, migrations) : undefined
  const missing = migrations.filter(
    ({ folderMillis }) => !applied.has(folderMillis) && !adopted?.applied.has(folderMillis),
  )
  const home = former ?? schema
  const first = [...(await makingJournal(executor)), ...(adopted?.steps ?? [])]
  const isMoving = former !== undefined && former !== schema
  const last = isMoving ? await viewsFor(executor, former) : []

  for (const migration of missing) {
    const { hash, folderMillis } = migration
    const steps = [
      LOCK,
      BRIEFLY,
      ...(migration === missing.at(0) ? first : []),
      `insert into ${journalIn(schema)} (created_at, hash) values (${folderMillis}, ${quotedText(hash)})`,
      `set local search_path to ${quotedName(home)}`,
      ...statementsOf(migration, { schema, home }),
      ...(migration === missing.at(-1) ? last : []),
    ]
    await patiently(() => atomically(steps)).catch((error: unknown) => {
      // Somebody else was quicker.
      if (!isDuplicate(error)) throw error
    })
  }
  return missing.length
}

async function patiently(attempt: () => Promise<void>): Promise<void> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (left <= 1 || !IN_THE_WAY.has(sqlState(error) ?? '')) throw error
      const pause = PAUSE_MILLISECONDS * (0.5 + Math.random() / 2)
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
}

function statementsOf(
  { sql }: MigrationMeta,
  { schema, home }: { schema: string; home: string },
): string[] {
  return sql.map((text) => placed(text, schema).replace(FORMER_NAME, `${quotedName(home)}.`))
}

/** Ends what a move from 0.1.0 keeps up for a running 0.1.0; nothing where there is nothing of it. */
export async function finishMigrating(executor: MigrationExecutor): Promise<void> {
  await finishMove(executor, readMigrationFiles({ migrationsFolder: FOLDER }))
}

/** Empty is a database in which no version of this service ever ran, behind one that needs `migrate`. */
export async function migrationState(
  executor: MigrationExecutor,
): Promise<'empty' | 'behind' | 'current'> {
  const applied = await findApplied(executor)
  if (Math.max(0, ...applied) >= SCHEMA_VERSION) return 'current'
  const isNew = applied.size === 0 && (await findFormerHome(executor)) === undefined
  return isNew ? 'empty' : 'behind'
}

/** The migrations that the database has, by when they were generated; none where there is no journal, or an empty one. */
async function findApplied({ schema, column }: MigrationExecutor): Promise<Set<number>> {
  if (!(await hasTable(column, schema, JOURNAL))) return new Set()
  return new Set((await column(`select created_at::text from ${journalIn(schema)}`)).map(Number))
}

/** The right to create a schema is asked for even by "if not exists", and may be missing where there is one. */
async function makingJournal({ schema, column }: MigrationExecutor): Promise<string[]> {
  if (await hasTable(column, schema, JOURNAL)) return []
  const isThere = await hasSchema(column, schema)
  return [
    ...(isThere ? [] : [`create schema if not exists ${quotedName(schema)}`]),
    `create table if not exists ${journalIn(schema)}
      (created_at bigint primary key, hash text not null, applied_at timestamptz not null default now())`,
  ]
}
