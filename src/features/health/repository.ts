import { sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { databaseTime } from '../../database/instants.ts'
import { statement } from '../../database/statement.ts'
import { sessions } from '../../models/index.ts'

/** Asks for the right to lock rows and locks none: where nothing can be written it fails with 25006, and it writes nothing. */
const writable = sql`(select count(*) from (select 1 from ${sessions} where false for update) as locked)`

const selectLatest = statement((db) =>
  db
    .select({
      ...databaseTime,
      createdAt: sql<string>`coalesce(max(created_at), 0)::text`,
      locked: writable,
    })
    .from(sql`drizzle.__drizzle_migrations`)
    .prepare('select_latest_migration'),
)

/** The newest migration that the database has; fails where the database can only be read. */
export async function findLatestMigration(db: Database): Promise<number> {
  const [row] = await selectLatest(db).execute()
  return Number(row?.createdAt ?? 0)
}
