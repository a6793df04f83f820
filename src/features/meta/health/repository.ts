import { getTableColumns, getTableName, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../../database/index.ts'
import { databaseTime } from '../../../database/instants.ts'
import { APPEND_ONLY } from '../../../database/schema/append-only.ts'
import { JOURNAL } from '../../../database/schema/names.ts'
import { statement } from '../../../database/statement.ts'
import * as models from '../../../models/index.ts'
import { ownSchema } from '../../../models/schema.ts'

/** What the code needs of a table. */
export type NeededTable = { name: string; columns: readonly string[]; isWritten: boolean }

/** A table in the database, and what the role may do with it. */
export type FoundTable = {
  name: string
  columns: ReadonlySet<string>
  mayUseSchema: boolean
  mayRead: boolean
  mayWrite: boolean
  /** True if row-level security hides rows from the role. */
  hasRowSecurity: boolean
  /** False if the table's owner may not use the schema. Postgres checks foreign keys in the owner's name. */
  ownerMayUseSchema: boolean
}

/** The state of a database in which every table and column exists and may be read and changed. */
export type SchemaState = {
  /** When its newest migration was generated; 0 if it has none. */
  version: number
  /** True if rows may be inserted and deleted as well, foreign keys can be checked, and no rows are hidden. */
  isUsable: boolean
}

const tables = Object.values(models)

/** Every table and column that statements of this version name. */
export const NEEDED_TABLES: readonly NeededTable[] = [
  ...tables.map((table) => ({
    name: getTableName(table),
    columns: columnsOf(table).map(({ name }) => name),
    isWritten: true,
  })),
  { name: JOURNAL, columns: ['created_at'], isWritten: false },
]

function columnsOf(table: (typeof tables)[number]) {
  return Object.values(getTableColumns(table))
}

/**
 * Names every column and asks for the right to lock rows that change, but reads, locks and writes none. Fails with 42P01 or 42703
 * if something is missing. Fails with 42501 if a right is missing, and with 25006 if the database is read-only.
 */
function usable(table: (typeof tables)[number]): SQL {
  const columns = sql.join(columnsOf(table), sql`, `)
  const lock = getTableName(table) === APPEND_ONLY ? sql`` : sql`for update`
  return sql`(select count(*) from (select ${columns} from ${table} where false ${lock}) as ${sql.identifier(getTableName(table))})`
}

const mayChange = sql`(has_table_privilege(pg_class.oid, 'update') and has_table_privilege(pg_class.oid, 'delete'))`
const mayWrite = sql<boolean>`(has_table_privilege(pg_class.oid, 'insert')
  and (relname = ${APPEND_ONLY}::text or ${mayChange}))`
const hasRowSecurity = sql<boolean>`row_security_active(pg_class.oid)`
const ownerMayUseSchema = sql<boolean>`has_schema_privilege(relowner, relnamespace, 'usage')`
const isIn = (schema: SQL) =>
  sql`relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ${schema})`
const needed = sql.join(
  NEEDED_TABLES.map(({ name }) => sql`${name}::text`),
  sql`, `,
)

const journal = ownSchema.table(JOURNAL, {})
const version = sql<string>`coalesce(max(created_at), 0)::text`

const selectState = statement(
  { name: 'select_schema_state', kind: 'read', params: { schema: 'text' } },
  (db, p) =>
    db
      .select({
        ...databaseTime,
        version,
        isUsable: sql<boolean>`(select bool_and(not ${hasRowSecurity} and ${ownerMayUseSchema}
          and (${mayWrite} or relname = ${JOURNAL}::text))
        from pg_catalog.pg_class where ${isIn(p.schema)} and relname in (${needed}))`,
        usable: sql.join(tables.map(usable), sql` + `),
      })
      .from(journal),
)

const selectVersion = statement({ name: 'select_version', kind: 'read', params: {} }, (db) =>
  db.select({ version }).from(journal),
)

/** Reads only the catalogue, which every role may read, whatever tables or rights are missing. */
const selectTables = statement(
  { name: 'select_tables', kind: 'read', params: { schema: 'text' } },
  (db, p) =>
    db
      .select({
        name: sql<string>`relname::text`,
        columns: sql<string>`string_agg(attname::text, ' ')`,
        mayUseSchema: sql<boolean>`has_schema_privilege(relnamespace, 'usage')`,
        mayRead: sql<boolean>`has_table_privilege(pg_class.oid, 'select')`,
        ...{ mayWrite, hasRowSecurity, ownerMayUseSchema },
      })
      .from(
        sql`pg_catalog.pg_class
        join pg_catalog.pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped`,
      )
      .where(sql`${isIn(p.schema)} and relkind in ('r', 'p')`)
      .groupBy(sql`pg_class.oid, relname, relnamespace, relowner`),
)

/**
 * Returns the state of the schema. Fails if a table or column is missing or may not be used, or nothing can be written.
 */
export async function findSchemaState(db: Database, schema: string): Promise<SchemaState> {
  const [row] = await selectState(db, { schema })
  return { version: Number(row?.version ?? 0), isUsable: row?.isUsable === true }
}

/** Returns when the newest migration was generated. Needs no table but the journal. */
export async function findVersion(db: Database): Promise<number> {
  const [row] = await selectVersion(db, {})
  return Number(row?.version ?? 0)
}

/** Returns the tables of the schema, including those that the role may not read. */
export async function findTables(db: Database, schema: string): Promise<FoundTable[]> {
  const rows = await selectTables(db, { schema })
  return rows.map(({ columns, ...row }) => ({ ...row, columns: new Set(columns.split(' ')) }))
}
