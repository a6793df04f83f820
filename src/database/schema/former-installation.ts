import type { MigrationMeta } from 'drizzle-orm/migrator'
import { MigrationRefused } from '../errors.ts'
import type { MigrationExecutor } from '../index.ts'
import { hasTable, RELATIONS } from './catalogue.ts'
import { JOURNAL, quotedText } from './names.ts'

/**
 * An installation of 0.1.0. Its tables are in a schema that other applications use too. Its migrations are in the
 * journal that all Drizzle applications share.
 */
export type Former = {
  /** The schema of its tables. */
  home: string
  /** Its migrations, by when they were generated. */
  applied: ReadonlySet<number>
  /** False if row-level security would not hold through views, so that 0.1.0 has to be stopped. */
  canKeepRunning: boolean
}

/** A constraint that no other application has. */
const MARK = 'credentials_hash_is_phc'
/** The journal of all Drizzle applications. */
export const SHARED_SCHEMA = 'drizzle'
export const SHARED_TABLE = '__drizzle_migrations'
export const SHARED_JOURNAL = `${SHARED_SCHEMA}.${SHARED_TABLE}`

const listed = (texts: readonly string[]) => texts.map(quotedText).join(', ')

/** The tables of 0.1.0, as a list in SQL. */
export const FORMER_TABLES = listed(['users', 'credentials', 'sessions'])

/** The SQL condition that a relation is one of these tables, or stands in its place. */
export function isInSchema(home: string): string {
  return `nspname = ${quotedText(home)} and relname in (${FORMER_TABLES})`
}

/** The hashes of migrations, which identify them in the shared journal, as a list in SQL. */
export function hashesOf(migrations: readonly MigrationMeta[]): string {
  return listed(migrations.map(({ hash }) => hash))
}

/**
 * Finds the schemas with all three tables of 0.1.0. A schema that also has this service's journal is of a later
 * version. The journal counts only if the owner of the table or schema made it, or a superuser.
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

/** Finds the installation of 0.1.0 to move, if there is one. Throws `MigrationRefused` if it cannot tell. */
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
    `select 1 from ${RELATIONS} where ${isInSchema(home)} and relrowsecurity limit 1`,
  )
  return { home, applied: new Set(applied.map(Number)), canKeepRunning: guarded.length === 0 }
}
