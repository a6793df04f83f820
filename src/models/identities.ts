import { boolean, index, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'
import { users } from './users.ts'

/**
 * Accounts at providers by which a user logs in. The issuer and its subject name one (OpenID Connect Core, section 2), never
 * an email: that changes hands.
 */
export const identities = ownSchema.table(
  'identities',
  {
    issuer: text().notNull(),
    subject: text().notNull(),
    /** Names it to its user and to admins. */
    id: uuid().notNull().unique('identities_id_unique'),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** As the configuration names it. */
    provider: text().notNull(),
    /** What the provider said at the last sign-in, for people to know it by. Nothing is decided by it. */
    email: text(),
    isEmailVerified: boolean('email_verified').notNull(),
    createdAt: instantColumn('created_at').notNull().defaultNow(),
    lastUsedAt: instantColumn('last_used_at'),
  },
  (table) => [
    primaryKey({ columns: [table.issuer, table.subject] }),
    index('identities_user_id').on(table.userId),
  ],
)
