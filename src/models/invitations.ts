import { index, text, uuid } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'

/**
 * Invitations to sign up that are not used yet; using one deletes it. What an invited person gets is this row's id and a
 * signature of the service, so that nothing here works as an invitation.
 */
export const invitations = ownSchema.table(
  'invitations',
  {
    id: uuid().primaryKey(),
    /** The canonical form of the one address that it is for, or null for any. */
    emailKey: text('email_key'),
    createdAt: instantColumn('created_at').notNull().defaultNow(),
    expiresAt: instantColumn('expires_at').notNull(),
  },
  (table) => [index('invitations_expires_at').on(table.expiresAt.asc())],
)
