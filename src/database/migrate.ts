import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import { isDuplicate, sqlState } from './errors.ts'
import type { MigrationExecutor } from './index.ts'
import { appendOnlyForAll } from './schema/append-only.ts'
import { hasSchema, hasTable } from './schema/catalogue.ts'
import { type Former, findFormer, findFormerHomes } from './schema/former-installation.ts'
import { afterMoving, beforeMoving, finishMove } from './schema/move.ts'
import { JOURNAL, journalIn, quotedName, quotedText, withSchemaNames } from './schema/names.ts'
import { SCHEMA_VERSION } from './schema/version.ts'

/** The number of applied migrations, and where the tables of 0.1.0 were before. */
export type Migrated = { applied: number; former: Former | undefined }

/** The nearest package.json says where drizzle/ is: the bundle has a copy beside it. */
const JOURNAL_OF_FILES = createRequire(import.meta.url).resolve('#migrations/meta/_journal.json')
const FOLDER = dirname(dirname(JOURNAL_OF_FILES))

/** Creating the same schema twice at once fails even with "if not exists". The lock ends with the transaction. */
const LOCK = 'select pg_advisory_xact_lock(6504158)'
/**
 * A statement that waits for a table blocks every later one, and can deadlock with one that holds another table. So a
 * migration gives up after half of Postgres' deadlock_timeout, before any other statement must, and retries.
 */
const BRIEFLY = 'set local lock_timeout = 500'
const IN_THE_WAY = new Set(['55P03', '40P01'])
const ATTEMPTS = 60
const PAUSE_MILLISECONDS = 500

/** Returns the migrations of this version, in their order. */
function ownMigrations(folder = FOLDER): MigrationMeta[] {
  return readMigrationFiles({ migrationsFolder: folder })
}

/**
 * Applies the missing migrations of drizzle/, each with its journal row in one transaction. An empty database gets all
 * of them in one transaction, so that nothing is ever left half-made. Tables of 0.1.0 are moved. Safe to run twice, and
 * twice at once. If nothing is missing it creates nothing, and so needs no right to create. Nobody but the owner may
 * change or remove rows of the audit trail afterwards.
 */
export async function migrate(executor: MigrationExecutor, folder = FOLDER): Promise<Migrated> {
  const migrated = await applyMissing(executor, folder)
  // Each time, for rights may have been granted since.
  await keepAppendOnly(executor)
  return migrated
}

async function keepAppendOnly(executor: MigrationExecutor): Promise<void> {
  const revokes = await appendOnlyForAll(executor)
  if (revokes.length > 0) await withLockRetries(() => executor.atomically([LOCK, ...revokes]))
}

async function applyMissing(executor: MigrationExecutor, folder: string): Promise<Migrated> {
  const { schema } = executor
  const migrations = ownMigrations(folder)
  const applied = await findApplied(executor)
  const isFirst = applied.size === 0
  const former = isFirst ? await findFormer(executor, migrations) : undefined
  const adopted = migrations.filter(({ folderMillis }) => former?.applied.has(folderMillis))
  const missing = migrations.filter(
    (one) => !applied.has(one.folderMillis) && !adopted.includes(one),
  )
  const home = former?.home ?? schema
  const stepsFor = (batch: MigrationMeta[]) => [
    `set local search_path to ${quotedName(home)}`,
    ...batch.flatMap((migration) => stepsOf(migration, { schema, home })),
  ]

  if (!isFirst) {
    let count = 0
    for (const one of missing) {
      count += await apply(executor, [one], stepsFor([one]))
      // Default privileges may give rights to a new table, and the next migration may fail.
      await keepAppendOnly(executor)
    }
    return { applied: count, former: undefined }
  }
  const count = await apply(executor, missing, [
    ...(former ? beforeMoving(former) : []),
    ...(await makingJournal(executor)),
    ...adopted.map((migration) => recordOf(migration, schema)),
    ...stepsFor(missing),
    ...(former ? await afterMoving(executor, former) : []),
  ])
  return { applied: count, former: count > 0 ? former : undefined }
}

/** Applies a batch in one transaction and returns its size, or 0 if another process was quicker. */
async function apply(
  executor: MigrationExecutor,
  batch: MigrationMeta[],
  steps: string[],
): Promise<number> {
  try {
    await withLockRetries(() => executor.atomically([LOCK, BRIEFLY, ...steps]))
    return batch.length
  } catch (error) {
    if (!isDuplicate(error)) throw error
    const applied = await findApplied(executor)
    if (!batch.every(({ folderMillis }) => applied.has(folderMillis))) throw error
    return 0
  }
}

async function withLockRetries(attempt: () => Promise<void>): Promise<void> {
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

function stepsOf(migration: MigrationMeta, places: Record<'schema' | 'home', string>): string[] {
  const { schema } = places
  return [
    recordOf(migration, schema),
    ...migration.sql.map((text) => withSchemaNames(text, places)),
  ]
}

function recordOf({ hash, folderMillis }: MigrationMeta, schema: string): string {
  return `insert into ${journalIn(schema)} (created_at, hash) values (${folderMillis}, ${quotedText(hash)})`
}

/** Ends what a move from 0.1.0 keeps for a running 0.1.0. Returns false if nothing of it exists. */
export function finishMigrating(executor: MigrationExecutor): Promise<boolean> {
  return finishMove(executor, ownMigrations())
}

/** `empty`: no version of this service ever ran in this database. `behind`: it needs `migrate`. */
export async function migrationState(
  executor: MigrationExecutor,
): Promise<'empty' | 'behind' | 'current'> {
  const applied = await findApplied(executor)
  if (Math.max(0, ...applied) >= SCHEMA_VERSION) return 'current'
  const isNew = applied.size === 0 && (await findFormerHomes(executor)).length === 0
  return isNew ? 'empty' : 'behind'
}

/** Returns when each applied migration was generated, or nothing if there is no journal or an empty one. */
async function findApplied({ schema, column }: MigrationExecutor): Promise<Set<number>> {
  if (!(await hasTable(column, schema, JOURNAL))) return new Set()
  return new Set((await column(`select created_at::text from ${journalIn(schema)}`)).map(Number))
}

/** Even "if not exists" needs the right to create a schema. A role may lack it where the schema exists. */
async function makingJournal({ schema, column }: MigrationExecutor): Promise<string[]> {
  if (await hasTable(column, schema, JOURNAL)) return []
  const isThere = await hasSchema(column, schema)
  return [
    ...(isThere ? [] : [`create schema if not exists ${quotedName(schema)}`]),
    `create table if not exists ${journalIn(schema)}
      (created_at bigint primary key, hash text not null, applied_at timestamptz not null default now())`,
  ]
}
