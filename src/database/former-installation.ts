import type { MigrationMeta } from 'drizzle-orm/migrator'
import { hasTable, RELATIONS } from './catalogue.ts'
import type { MigrationExecutor } from './index.ts'
import { JOURNAL, journalIn, quotedName, quotedText } from './names.ts'

/** What 0.1.0 left: tables in the schema where others have theirs, and its migrations in the journal that all Drizzle applications share. */
const TABLES = ['users', 'credentials', 'sessions']
const MARK = 'credentials_hash_is_phc'
const SHARED_SCHEMA = 'drizzle'
const SHARED_TABLE = '__drizzle_migrations'
const SHARED_JOURNAL = `${SHARED_SCHEMA}.${SHARED_TABLE}`

/** By this the views are known that stand where the tables were. */
const COMMENT = 'Edge Auth 0.1.0: goes with npm run db:migrate -- --finish'

type Column = Pick<MigrationExecutor, 'schema' | 'column'>

/** The schema that holds the tables of 0.1.0; undefined where they were never there, or have been moved. */
export async function findFormerHome({ schema, column }: Column): Promise<string | undefined> {
  const homes = await column(`
    select nspname::text
    from ${RELATIONS} join pg_catalog.pg_constraint on conrelid = pg_class.oid
    where conname = ${quotedText(MARK)} and relname = 'credentials'
    order by nspname = ${quotedText(schema)} desc`)
  // Another schema with a journal of ours is another installation.
  const others = await column(`
    select nspname::text from ${RELATIONS}
    where relname = ${quotedText(JOURNAL)}`)
  const isMoved = homes.includes(schema) && others.includes(schema)
  if (isMoved) return undefined
  return homes.find((home) => !others.includes(home)) as string | undefined
}

/** Which migrations 0.1.0 applied, and the statements that take them over into our journal. */
export async function adoption(
  { schema, column }: Column,
  migrations: readonly MigrationMeta[],
): Promise<{ applied: Set<number>; steps: string[] }> {
  if (!(await hasTable(column, SHARED_SCHEMA, SHARED_TABLE)))
    return { applied: new Set(), steps: [] }
  const hashes = listOf(migrations)
  const found = await column(
    `select created_at::text from ${SHARED_JOURNAL} where hash in (${hashes})`,
  )
  return {
    applied: new Set(found.map(Number)),
    steps: [
      `insert into ${journalIn(schema)} (created_at, hash)
        select created_at, hash from ${SHARED_JOURNAL} where hash in (${hashes})`,
    ],
  }
}

/**
 * The statements that put a view where each table was, with the rights of the table: through them a running 0.1.0 reads
 * and writes on until it is replaced.
 */
export async function viewsFor({ schema, column }: Column, home: string): Promise<string[]> {
  const names = TABLES.map(quotedText).join(', ')
  const grants = await column(`
    select format('grant %s on %I.%I to %s', privilege_type, nspname, relname,
      case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
    from ${RELATIONS} cross join aclexplode(relacl)
    where nspname = ${quotedText(home)} and relname in (${names}) and grantee <> relowner
      and privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')`)
  const views = TABLES.flatMap((table) => {
    const view = `${quotedName(home)}.${quotedName(table)}`
    return [
      `create view ${view} as select * from ${quotedName(schema)}.${quotedName(table)}`,
      `comment on view ${view} is ${quotedText(COMMENT)}`,
    ]
  })
  return [...views, ...(grants as string[])]
}

/** Removes what still serves a running 0.1.0: its views, and its rows in the shared journal, which goes too where nobody else's are in it. */
export async function finishMove(
  executor: MigrationExecutor,
  migrations: readonly MigrationMeta[],
): Promise<void> {
  const { column, atomically } = executor
  const views = await column(`
    select format('%I.%I', nspname, relname)
    from ${RELATIONS}
    where relkind = 'v' and obj_description(pg_class.oid, 'pg_class') = ${quotedText(COMMENT)}`)
  const hashes = listOf(migrations)
  const isShared = await hasTable(column, SHARED_SCHEMA, SHARED_TABLE)
  const isOurs =
    isShared &&
    (await column(`select 1 from ${SHARED_JOURNAL} where hash in (${hashes}) limit 1`)).length > 0
  if (views.length === 0 && !isOurs) return
  await atomically([
    ...views.map((view) => `drop view ${view}`),
    ...(isOurs
      ? [
          `delete from ${SHARED_JOURNAL} where hash in (${hashes})`,
          `drop index if exists ${SHARED_SCHEMA}.migrations_applied_once`,
        ]
      : []),
  ])
  if (isOurs) await dropIfEmpty(executor)
}

async function dropIfEmpty({ column, atomically }: MigrationExecutor): Promise<void> {
  const rows = await column(`select 1 from ${SHARED_JOURNAL} limit 1`)
  if (rows.length > 0) return
  const others = await column(`select 1 from ${RELATIONS}
    where nspname = ${quotedText(SHARED_SCHEMA)} and relkind in ('r', 'p', 'v', 'm', 'f')
      and relname <> ${quotedText(SHARED_TABLE)} limit 1`)
  await atomically([
    `drop table ${SHARED_JOURNAL}`,
    ...(others.length > 0 ? [] : [`drop schema ${SHARED_SCHEMA}`]),
  ])
}

function listOf(migrations: readonly MigrationMeta[]): string {
  return migrations.map(({ hash }) => quotedText(hash)).join(', ')
}
