import { date, index, integer, text, uuid } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'
import { users } from './users.ts'

/**
 * One log-in on one device. The row decides whether its tokens work; nothing in it works as a token. The database's
 * clock measures its lifetime. Only `issuedAt` comes from the app, because it becomes the tokens' `iat`.
 */
export const sessions = ownSchema.table(
  'sessions',
  {
    id: uuid().primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The user's epoch when the account was read. If the password changes meanwhile, this session is dead. */
    epoch: integer().notNull(),
    /** Counts rotations. Only a refresh token of this generation advances the session. */
    generation: integer().notNull().default(0),
    issuedAt: instantColumn('issued_at').notNull(),
    createdAt: instantColumn('created_at').notNull().defaultNow(),
    rotatedAt: instantColumn('rotated_at').notNull().defaultNow(),
    /** The idle limit. Every rotation extends it, but not past the absolute limit. */
    idleExpiresAt: instantColumn('idle_expires_at').notNull(),
    /** The absolute limit, which never changes. */
    expiresAt: instantColumn('expires_at').notNull(),
    revokedAt: instantColumn('revoked_at'),
    /** The day (UTC) after which the row is useless. It is only a day, so that most rotations change no index. */
    purgeOn: date('purge_on').notNull(),
    ip: text(),
    userAgent: text('user_agent'),
  },
  (table) => [
    index('sessions_user_id_created_at').on(table.userId, table.createdAt),
    index('sessions_purge_on').on(table.purgeOn.asc()),
  ],
)
