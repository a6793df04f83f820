import type { MigrationExecutor } from '../index.ts'
import { JOURNAL, quotedText } from './names.ts'

type Column = MigrationExecutor['column']

/** The catalogue, which every role may read. A role that may not use a schema cannot even name its tables. */
export const RELATIONS =
  'pg_catalog.pg_class join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace'

/** True if the schema has a table of this name, even if the role may not use it. */
export async function hasTable(column: Column, schema: string, table: string): Promise<boolean> {
  const found = await column(
    `select 1 from ${RELATIONS} where nspname = ${quotedText(schema)} and relname = ${quotedText(table)}`,
  )
  return found.length > 0
}

/** True if there is a schema of this name, even if the role may not use it. */
export async function hasSchema(column: Column, schema: string): Promise<boolean> {
  const found = await column(
    `select 1 from pg_catalog.pg_namespace where nspname = ${quotedText(schema)}`,
  )
  return found.length > 0
}

/** Finds the other schemas with an installation of this service. */
export async function findOtherInstallations({
  schema,
  column,
}: MigrationExecutor): Promise<string[]> {
  const found = await column(
    `select nspname::text from ${RELATIONS}
    where relname = ${quotedText(JOURNAL)} and nspname <> ${quotedText(schema)} order by nspname`,
  )
  return found as string[]
}
