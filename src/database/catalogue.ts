import type { MigrationExecutor } from './index.ts'
import { quotedText } from './names.ts'

/**
 * Questions to the catalogue, which everybody may read: whoever may not use a schema may not even ask whether a table is
 * in it by naming the table.
 */
type Column = MigrationExecutor['column']

export const RELATIONS =
  'pg_catalog.pg_class join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace'

/** True where the schema has a table of this name, whoever may use it. */
export async function hasTable(column: Column, schema: string, table: string): Promise<boolean> {
  const found = await column(
    `select 1 from ${RELATIONS} where nspname = ${quotedText(schema)} and relname = ${quotedText(table)}`,
  )
  return found.length > 0
}

/** True where there is a schema of this name, whoever may use it. */
export async function hasSchema(column: Column, schema: string): Promise<boolean> {
  const found = await column(
    `select 1 from pg_catalog.pg_namespace where nspname = ${quotedText(schema)}`,
  )
  return found.length > 0
}
