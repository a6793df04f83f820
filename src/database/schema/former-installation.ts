import type { MigrationMeta } from 'drizzle-orm/migrator'
import { MigrationRefused } from '../errors.ts'
import type { MigrationExecutor } from '../index.ts'
import { hasTable, RELATIONS } from './catalogue.ts'
import { JOURNAL, journalIn, quotedName, quotedText } from './names.ts'

/** An installation of 0.1.0: its tables are where others have theirs, its migrations in the journal that all Drizzle applications share. */
export type Former = {
  /** The schema that holds its tables. */
  home: string
  /** Its migrations, by when they were generated. */
  applied: ReadonlySet<number>
  /** False where row-level security would not hold through views, so that it has to be stopped. */
  goesOn: boolean
}

const TABLES = ['users', 'credentials', 'sessions']
/** A constraint that nobody else has. */
const MARK = 'credentials_hash_is_phc'
const SHARED_SCHEMA = 'drizzle'
const SHARED_TABLE = '__drizzle_migrations'
const SHARED_JOURNAL = `${SHARED_SCHEMA}.${SHARED_TABLE}`
const MOVED = 'Edge Auth 0.1.0 was moved from '

const listed = (texts: readonly string[]) => texts.map(quotedText).join(', ')
const oursOf = (migrations: readonly MigrationMeta[]) => listed(migrations.map(({ hash }) => hash))
const inTables = (home: string) =>
  `nspname = ${quotedText(home)} and relname in (${listed(TABLES)})`

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
        `select created_at::text from ${SHARED_JOURNAL} where hash in (${oursOf(migrations)})`,
      )
    : []
  if (applied.length === 0) {
    throw new MigrationRefused(
      `the schema ${home} holds tables of 0.1.0, and ${SHARED_JOURNAL} does not know them: restore it too, or rename them`,
    )
  }
  const guarded = await column(
    `select 1 from ${RELATIONS} where ${inTables(home)} and relrowsecurity limit 1`,
  )
  return { home, applied: new Set(applied.map(Number)), goesOn: guarded.length === 0 }
}

/**
 * All three tables at once, in the order in which most statements of 0.1.0 take them: with one after the other somebody is
 * always found who holds the next one and waits for the last.
 */
export function beforeMoving({ home }: Former): string[] {
  const tables = ['sessions', 'users', 'credentials'].map(
    (table) => `${quotedName(home)}.${quotedName(table)}`,
  )
  return [`lock table ${tables.join(', ')} in access exclusive mode`]
}

/** The statements that follow the migrations by which the tables are moved. */
export async function afterMoving(
  executor: MigrationExecutor,
  { home, goesOn }: Former,
): Promise<string[]> {
  const { schema } = executor
  return [
    `comment on table ${journalIn(schema)} is ${quotedText(MOVED + home)}`,
    ...(await grantsInSchema(executor, home)),
    ...(goesOn && home !== schema ? await viewsIn(executor, home) : []),
  ]
}

/**
 * The owner of a table needs the schema, for foreign keys are checked in its name; and what the schema's tables are granted
 * when they are made, those that come into it are granted here.
 */
async function grantsInSchema({ schema, column }: MigrationExecutor, home: string) {
  const owners = await column(`
    select distinct format('grant usage on schema %I to %I', ${quotedText(schema)}, pg_get_userbyid(relowner))
    from ${RELATIONS} where ${inTables(home)}`)
  const defaults = await column(`
    select format('grant %s on %I.%I to %s', privilege_type, ${quotedText(schema)}, relname,
      case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
    from pg_catalog.pg_default_acl
      join pg_catalog.pg_namespace on pg_namespace.oid = defaclnamespace
      cross join aclexplode(defaclacl) cross join unnest(array[${listed(TABLES)}]) as relname
    where nspname = ${quotedText(schema)} and defaclobjtype = 'r'
      and defaclrole in (select relowner from ${RELATIONS} where ${inTables(home)}
        union select oid from pg_catalog.pg_roles where rolname = current_user)`)
  return [...owners, ...defaults] as string[]
}

/**
 * Puts a view where each table was, of the same owner and with its rights and no others: through them a running 0.1.0 reads
 * and writes on until it is replaced.
 */
async function viewsIn({ schema, column }: MigrationExecutor, home: string): Promise<string[]> {
  const makings = await column(`
    select format(step, ${quotedText(home)}, relname, ${quotedText(schema)}, pg_get_userbyid(relowner), ${quotedText(commentFor(schema))})
    from ${RELATIONS} cross join unnest(array[
      'create view %1$I.%2$I as select * from %3$I.%2$I',
      'comment on view %1$I.%2$I is %5$L',
      'alter view %1$I.%2$I owner to %4$I']) with ordinality as steps (step, nth)
    where ${inTables(home)} order by relname, nth`)
  const revokes = await column(`
    select distinct format('revoke all on %I.%I from %s', ${quotedText(home)}, relname,
      case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
    from pg_catalog.pg_default_acl cross join aclexplode(defaclacl)
      cross join unnest(array[${listed(TABLES)}]) as relname
    where defaclobjtype = 'r' and grantee <> defaclrole`)
  const grants = await column(`
    select format('grant %s on %I.%I to %s', privilege_type, nspname, relname,
      case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
    from ${RELATIONS} cross join aclexplode(relacl)
    where ${inTables(home)} and privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')`)
  return [...makings, ...revokes, ...grants] as string[]
}

/** By this the views of one installation are known. */
function commentFor(schema: string): string {
  return `Edge Auth 0.1.0, a view of ${schema}: goes with npm run db:migrate -- --finish`
}

/**
 * Ends what a move keeps up for a running 0.1.0: its views, and its rows in the shared journal. False where nothing was
 * moved, or that has ended already.
 */
export async function finishMove(
  { schema, column, atomically }: MigrationExecutor,
  migrations: readonly MigrationMeta[],
): Promise<boolean> {
  const [said] = await column(`
    select obj_description(pg_class.oid, 'pg_class') from ${RELATIONS}
    where nspname = ${quotedText(schema)} and relname = ${quotedText(JOURNAL)}`)
  if (typeof said !== 'string' || !said.startsWith(MOVED)) return false
  const home = said.slice(MOVED.length)
  const views = await column(`
    select relname::text from ${RELATIONS} where ${inTables(home)} and relkind = 'v'
      and obj_description(pg_class.oid, 'pg_class') = ${quotedText(commentFor(schema))}`)
  const isShared = await hasTable(column, SHARED_SCHEMA, SHARED_TABLE)
  await atomically([
    ...views.map((view) => `drop view ${quotedName(home)}.${quotedName(String(view))}`),
    ...(isShared
      ? [
          `delete from ${SHARED_JOURNAL} where hash in (${oursOf(migrations)})`,
          `drop index if exists ${SHARED_SCHEMA}.migrations_applied_once`,
        ]
      : []),
    `comment on table ${journalIn(schema)} is null`,
  ])
  return true
}
