import { sql } from 'drizzle-orm'
import { bigint, check, integer, text, uuid } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'

/** A person's account, without secrets. The `*Key` columns hold the canonical form, which is unique. */
export const users = ownSchema.table(
  'users',
  {
    id: uuid().primaryKey(),
    username: text().notNull(),
    usernameKey: text('username_key').notNull().unique('users_username_unique'),
    email: text().notNull(),
    emailKey: text('email_key').notNull().unique('users_email_unique'),
    createdAt: instantColumn('created_at').notNull().defaultNow(),
    updatedAt: instantColumn('updated_at').notNull().defaultNow(),
    disabledAt: instantColumn('disabled_at'),
    /**
     * Moves when all sessions, or all but one, must end. A session opened under an older epoch is dead, unless it was
     * kept.
     */
    sessionEpoch: integer('session_epoch').notNull().default(0),
    /** The one session that survived the last move of the epoch. */
    keptSessionId: uuid('kept_session_id'),
    /** Counts log-ins, so that each of several concurrent ones knows how many sessions it does not see yet. */
    loginCount: bigint('login_count', { mode: 'number' }).notNull().default(0),
    lastLoginAt: instantColumn('last_login_at'),
  },
  (table) => [
    check('users_username_bounds', sql`char_length(${table.username}) between 1 and 128`),
    check('users_email_bounds', sql`char_length(${table.email}) between 3 and 320`),
  ],
)
