import { date, index, integer, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { ownSchema } from './schema.ts'
import { users } from './users.ts'

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

/**
 * One log-in on one device. The row decides whether its tokens work; nothing in it works as a token.
 * Its life is measured by the database's clock; `issuedAt` alone is the app's, for it becomes the tokens' `iat`.
 */
export const sessions = ownSchema.table(
  'sessions',
  {
    id: uuid().primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** The user's epoch when the password was checked: a password changed meanwhile leaves this session dead. */
    epoch: integer().notNull(),
    /** Counts rotations; the only refresh token that advances the session is of this generation. */
    generation: integer().notNull().default(0),
    issuedAt: instant('issued_at').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    rotatedAt: instant('rotated_at').notNull().defaultNow(),
    /** The idle limit, moved on by every rotation, though never past the absolute one. */
    idleExpiresAt: instant('idle_expires_at').notNull(),
    /** The absolute limit, never moved. */
    expiresAt: instant('expires_at').notNull(),
    revokedAt: instant('revoked_at'),
    /** The day (UTC) after which the row is of no use; only a day, so that most rotations touch no index. */
    purgeOn: date('purge_on').notNull(),
    ip: text(),
    userAgent: text('user_agent'),
  },
  (table) => [
    index('sessions_user_id_created_at').on(table.userId, table.createdAt),
    index('sessions_purge_on').on(table.purgeOn.asc()),
  ],
)
