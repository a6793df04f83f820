import { sql } from 'drizzle-orm'
import journal from '../../../drizzle/meta/_journal.json' with { type: 'json' }
import type { Database } from '../../database/index.ts'
import { statement } from '../../database/statement.ts'

/** When the newest migration of this version was generated; Drizzle's journal in the database records the same number. */
export const LATEST_MIGRATION = Math.max(...journal.entries.map((entry) => entry.when))

const selectLatest = statement((db) =>
  db
    .select({ createdAt: sql<string>`coalesce(max(created_at), 0)::text` })
    .from(sql`drizzle.__drizzle_migrations`)
    .prepare('select_latest_migration'),
)

/** The newest migration that the database has. */
export async function findLatestMigration(db: Database): Promise<number> {
  const [row] = await selectLatest(db).execute()
  return Number(row?.createdAt ?? 0)
}
