import type { MigrationMeta } from 'drizzle-orm/migrator'
import { MigrationRefused } from '../errors.ts'
import type { MigrationExecutor } from '../index.ts'
import { hasTable, RELATIONS } from './catalogue.ts'
import { JOURNAL, quotedText } from './names.ts'

/** An installation of 0.1.0: its tables are where others have theirs, its migrations in the journal that all Drizzle applications share. */
export type Former = {
  /** The schema that holds its tables. */
  home: string
  /** Its migrations, by when they were generated. */
  applied: ReadonlySet<number>
  /** False where row-level security would not hold through views, so that it has to be stopped. */
  goesOn: boolean
}

/** A constraint that nobody else has. */
const MARK = 'credentials_hash_is_phc'
/** The journal of all Drizzle applications. */
export const SHARED_SCHEMA = 'drizzle'
export const SHARED_TABLE = '__drizzle_migrations'
export const SHARED_JOURNAL = `${SHARED_SCHEMA}.${SHARED_TABLE}`

const listed = (texts: readonly string[]) => texts.map(quotedText).join(', ')

/** The tables of 0.1.0, as a list in a statement. */
export const FORMER_TABLES = listed(['users', 'credentials', 'sessions'])

/** The condition that a relation is one of them, or stands in its place. */
export function isOfHome(home: string): string {
  return `nspname = ${quotedText(home)} and relname in (${FORMER_TABLES})`
}

/** By what our migrations are known in the shared journal, as a list in a statement. */
export function hashesOf(migrations: readonly MigrationMeta[]): string {
  return listed(migrations.map(({ hash }) => hash))
}

/**
 * The schemas that hold tables of 0.1.0: all three, and no journal of ours beside them that was made by somebody who may do
 * that, for then they are of a later version.
 */
export async function findFormerHomes({ column }: MigrationExecutor): Promise<string[]> {
  const homes = await column(`
    select nspname::text from ${RELATIONS} join pg_catalog.pg_constraint on conrelid = pg_class.oid
    where conname = ${quotedText(MARK)} and relname = 'credentials' and relkind = 'r' and nspname !~ '^pg_'
      and 2 = (select count(*) from pg_catalog.pg_class as other where other.relnamespace = pg_namespace.oid
        and other.relkind = 'r' and other.relname in ('users', 'sessions'))
      and not exists (select from pg_catalog.pg_class as journal
        join pg_catalog.pg_roles as maker on maker.oid = journal.relowner
        where journal.relnamespace = pg_namespace.oid and journal.relname = ${quotedText(JOURNAL)}
          and (maker.oid in (pg_class.relowner, nspowner) or maker.rolsuper))`)
  return homes as string[]
}

/** The installation of 0.1.0 that is to be moved, if there is one; refuses where that cannot be told. */
export async function findFormer(
  executor: MigrationExecutor,
  migrations: readonly MigrationMeta[],
): Promise<Former | undefined> {
  const { schema, column } = executor
  const homes = await findFormerHomes(executor)
  const home = homes.includes(schema) ? schema : homes[0]
  if (home === undefined) return undefined
  if (homes.length > 1 && home !== schema) {
    throw new MigrationRefused(`several schemas hold tables of 0.1.0: ${homes.join(', ')}`)
  }
  const applied = (await hasTable(column, SHARED_SCHEMA, SHARED_TABLE))
    ? await column(
        `select created_at::text from ${SHARED_JOURNAL} where hash in (${hashesOf(migrations)})`,
      )
    : []
  if (applied.length === 0) {
    throw new MigrationRefused(
      `the schema ${home} holds tables of 0.1.0, and ${SHARED_JOURNAL} does not know them: restore it too, or rename them`,
    )
  }
  const guarded = await column(
    `select 1 from ${RELATIONS} where ${isOfHome(home)} and relrowsecurity limit 1`,
  )
  return { home, applied: new Set(applied.map(Number)), goesOn: guarded.length === 0 }
}
