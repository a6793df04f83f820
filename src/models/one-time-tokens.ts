import { sql } from 'drizzle-orm'
import { index, smallint, text, unique, uuid } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'
import { users } from './users.ts'

/**
 * One-time tokens that are not used yet; using one deletes it. A token is this row's id and a signature of the service,
 * so that nothing here works as one.
 */
export const oneTimeTokens = ownSchema.table(
  'one_time_tokens',
  {
    id: uuid().primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    purpose: text().notNull(),
    /**
     * A newer token takes the place of the older in its slot. Empty, but for three purposes. Each former address has its own
     * for the token that undoes a change of it. The token that confirms a new address has the user's session epoch, and
     * works while that is the same. Each code to log in by has its own, the row's id.
     */
    slot: text().notNull().default(''),
    /** The address that the token was sent to, or is about. */
    email: text().notNull(),
    emailKey: text('email_key').notNull(),
    /** How many codes were tried. Only of what a person types there are several tries. */
    attempts: smallint().notNull().default(0),
    createdAt: instantColumn('created_at').notNull().defaultNow(),
    expiresAt: instantColumn('expires_at').notNull(),
  },
  (table) => [
    unique('one_time_tokens_slot').on(table.userId, table.purpose, table.slot),
    index('one_time_tokens_expires_at').on(table.expiresAt.asc()),
    // Keeps an address for its former owner while a change of it can be undone.
    index('one_time_tokens_kept_email')
      .on(table.emailKey)
      .where(sql`${table.purpose} = 'undo_email_change'`),
  ],
)
