import type { MigrationExecutor } from '../index.ts'
import { JOURNAL, quotedText } from './names.ts'

type Column = MigrationExecutor['column']

/** The catalogue may be read by everybody, where a table may not even be named by whoever may not use its schema. */
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

/** Other schemas in which there is an installation of this service. */
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
