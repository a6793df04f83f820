import { OWN_SCHEMA } from '../../models/schema.ts'

/** The journal of migrations. No other application's tool uses this name. */
export const JOURNAL = 'edge_auth_migrations'

/** Quotes a name for SQL. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Quotes a text for SQL. */
export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Returns the journal's qualified name. */
export function journalIn(schema: string): string {
  return `${quotedName(schema)}.${quotedName(JOURNAL)}`
}

const PLACES = new RegExp(`"${OWN_SCHEMA}"|"public"(?=\\.)`, 'g')

/**
 * Returns a generated migration with this database's schema names. `schema` replaces the service's own. `home` replaces
 * the one of the first migrations, which are older than the service's own schema.
 */
export function withSchemaNames(
  text: string,
  { schema, home }: Record<'schema' | 'home', string>,
): string {
  return text.replace(PLACES, (found) => quotedName(found === '"public"' ? home : schema))
}
