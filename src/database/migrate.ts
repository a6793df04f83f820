import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { isDuplicate } from './errors.ts'

/** What migrating needs of a database: the first column of an answer, and several statements that all happen or none. */
export type MigrationExecutor = {
  column: (text: string) => Promise<unknown[]>
  atomically: (statements: string[]) => Promise<void>
}

const FOLDER = fileURLToPath(new URL('../../drizzle', import.meta.url))

/** Drizzle's own journal, with a unique index, so that of two migrators at once one is refused and nothing runs twice. */
const JOURNAL = [
  // Creating the same schema twice at once fails even with "if not exists", hence the lock; it ends with the transaction.
  'select pg_advisory_xact_lock(6504158)',
  'create schema if not exists drizzle',
  'create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
  'create unique index if not exists migrations_applied_once on drizzle.__drizzle_migrations (created_at)',
]

/**
 * Applies what is missing of drizzle/, each migration and its journal row in one transaction, and gives their number.
 * Safe to run twice, and twice at once.
 */
export async function migrate(
  { column, atomically }: MigrationExecutor,
  folder = FOLDER,
): Promise<number> {
  await atomically(JOURNAL)
  const applied = new Set(
    (await column('select created_at from drizzle.__drizzle_migrations')).map(Number),
  )
  const missing = readMigrationFiles({ migrationsFolder: folder }).filter(
    (migration) => !applied.has(migration.folderMillis),
  )
  for (const { sql, hash, folderMillis } of missing) {
    const record = `insert into drizzle.__drizzle_migrations (hash, created_at) values ('${hash}', ${folderMillis})`
    await atomically([record, ...sql]).catch((error: unknown) => {
      if (!isDuplicate(error)) throw error
    })
  }
  return missing.length
}

/** True for a database in which no version of this service ever ran. */
export async function isEmpty({ column }: MigrationExecutor): Promise<boolean> {
  const [journal] = await column("select to_regclass('drizzle.__drizzle_migrations')::text")
  return journal === null
}
