import { OWN_SCHEMA } from '../../models/schema.ts'

/** The journal of migrations, under a name that no other application's tool uses. */
export const JOURNAL = 'edge_auth_migrations'

/** A name as it stands in a statement. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as it stands in a statement. */
export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** The journal's full name. */
export function journalIn(schema: string): string {
  return `${quotedName(schema)}.${quotedName(JOURNAL)}`
}

const PLACES = new RegExp(`"${OWN_SCHEMA}"|"public"(?=\\.)`, 'g')

/**
 * A generated migration with the names that the schemas have in this database: `schema` for our own, and `home` for the one
 * that the first migrations, from before there was one of our own, were generated for.
 */
export function placed(text: string, { schema, home }: Record<'schema' | 'home', string>): string {
  return text.replace(PLACES, (found) => quotedName(found === '"public"' ? home : schema))
}
