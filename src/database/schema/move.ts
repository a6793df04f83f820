import type { MigrationMeta } from 'drizzle-orm/migrator'
import type { MigrationExecutor } from '../index.ts'
import { hasTable, RELATIONS } from './catalogue.ts'
import {
  FORMER_TABLES,
  type Former,
  hashesOf,
  isInSchema,
  SHARED_JOURNAL,
  SHARED_SCHEMA,
  SHARED_TABLE,
} from './former-installation.ts'
import { JOURNAL, journalIn, quotedName, quotedText } from './names.ts'

/** The comment on the journal until the move is finished. The name of the tables' former schema follows it. */
const MOVED = 'Edge Auth 0.1.0 was moved from '

/** The grantee of a row of `aclexplode`. */
const GRANTEE = "case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end"

/**
 * Locks all three tables at once, in the order in which most statements of 0.1.0 take them. With one lock after
 * another, some statement would always hold the next table and wait for the last.
 */
export function beforeMoving({ home }: Former): string[] {
  const tables = ['sessions', 'users', 'credentials'].map(
    (table) => `${quotedName(home)}.${quotedName(table)}`,
  )
  return [`lock table ${tables.join(', ')} in access exclusive mode`]
}

/** Returns the statements to run after the migrations that move the tables. */
export async function afterMoving(
  executor: MigrationExecutor,
  { home, canKeepRunning }: Former,
): Promise<string[]> {
  const { schema } = executor
  return [
    `comment on table ${journalIn(schema)} is ${quotedText(MOVED + home)}`,
    ...(await grantsInSchema(executor, home)),
    ...(canKeepRunning && home !== schema ? await viewsIn(executor, home) : []),
  ]
}

/**
 * The owner of a table needs the schema, because foreign keys are checked in its name. Tables that move into the schema
 * also get its default privileges, as tables made there do.
 */
async function grantsInSchema({ schema, column }: MigrationExecutor, home: string) {
  const owners = await column(`
    select distinct format('grant usage on schema %I to %I', ${quotedText(schema)}, pg_get_userbyid(relowner))
    from ${RELATIONS} where ${isInSchema(home)}`)
  const defaults = await column(`
    select format('grant %s on %I.%I to %s', privilege_type, ${quotedText(schema)}, relname,
      ${GRANTEE})
    from pg_catalog.pg_default_acl
      join pg_catalog.pg_namespace on pg_namespace.oid = defaclnamespace
      cross join aclexplode(defaclacl) cross join unnest(array[${FORMER_TABLES}]) as relname
    where nspname = ${quotedText(schema)} and defaclobjtype = 'r'
      and defaclrole in (select relowner from ${RELATIONS} where ${isInSchema(home)}
        union select oid from pg_catalog.pg_roles where rolname = current_user)`)
  return [...owners, ...defaults] as string[]
}

/**
 * Puts a view where each table was, with the same owner, the same rights and no others. A running 0.1.0 reads and
 * writes through these views until it is replaced.
 */
async function viewsIn({ schema, column }: MigrationExecutor, home: string): Promise<string[]> {
  const makings = await column(`
    select format(step, ${quotedText(home)}, relname, ${quotedText(schema)}, pg_get_userbyid(relowner), ${quotedText(commentFor(schema))})
    from ${RELATIONS} cross join unnest(array[
      'create view %1$I.%2$I as select * from %3$I.%2$I',
      'comment on view %1$I.%2$I is %5$L',
      'alter view %1$I.%2$I owner to %4$I']) with ordinality as steps (step, nth)
    where ${isInSchema(home)} order by relname, nth`)
  const revokes = await column(`
    select distinct format('revoke all on %I.%I from %s', ${quotedText(home)}, relname,
      ${GRANTEE})
    from pg_catalog.pg_default_acl cross join aclexplode(defaclacl)
      cross join unnest(array[${FORMER_TABLES}]) as relname
    where defaclobjtype = 'r' and grantee <> defaclrole`)
  const grants = await column(`
    select format('grant %s on %I.%I to %s', privilege_type, nspname, relname,
      ${GRANTEE})
    from ${RELATIONS} cross join aclexplode(relacl)
    where ${isInSchema(home)} and privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')`)
  return [...makings, ...revokes, ...grants] as string[]
}

/** The comment that identifies the views of one installation. */
function commentFor(schema: string): string {
  return `Edge Auth 0.1.0, a view of ${schema}: goes with npm run db:migrate -- --finish`
}

/**
 * Ends what a move keeps for a running 0.1.0: its views, and its rows in the shared journal. Returns false if nothing
 * was moved, or if it has ended already.
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
    select relname::text from ${RELATIONS} where ${isInSchema(home)} and relkind = 'v'
      and obj_description(pg_class.oid, 'pg_class') = ${quotedText(commentFor(schema))}`)
  const isShared = await hasTable(column, SHARED_SCHEMA, SHARED_TABLE)
  await atomically([
    ...views.map((view) => `drop view ${quotedName(home)}.${quotedName(String(view))}`),
    ...(isShared
      ? [
          `delete from ${SHARED_JOURNAL} where hash in (${hashesOf(migrations)})`,
          `drop index if exists ${SHARED_SCHEMA}.migrations_applied_once`,
        ]
      : []),
    `comment on table ${journalIn(schema)} is null`,
  ])
  return true
}
