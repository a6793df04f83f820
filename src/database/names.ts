import { OWN_SCHEMA } from '../models/schema.ts'

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

/** A generated statement with our schema's name changed to the one that it has in this database. */
export function placed(text: string, schema: string): string {
  return text.replaceAll(quotedName(OWN_SCHEMA), quotedName(schema))
}

/** The journal's full name. */
export function journalIn(schema: string): string {
  return `${quotedName(schema)}.${quotedName(JOURNAL)}`
}
