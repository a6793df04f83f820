import { sql } from 'drizzle-orm'
import { date, index, integer, smallint, text, uuid } from 'drizzle-orm/pg-core'
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
    /** The assurance level (core/factors/assurance.ts). At 0 the session can only enrol a factor. */
    aal: smallint().notNull().default(1),
    /** The authentication methods (RFC 8176) that were proven, each once. */
    amr: text().array().notNull().default(sql`'{pwd}'`),
    /** When a factor was proven last. Null for a session that is older than this column: then it is `createdAt`. */
    authenticatedAt: instantColumn('authenticated_at'),
    /** When a second factor was proven last, or a passkey that is two by itself. */
    secondFactorAt: instantColumn('second_factor_at'),
    /** What carries it (core/sessions/session.ts). */
    transport: text().notNull().default('bearer'),
  },
  (table) => [
    index('sessions_user_id_created_at').on(table.userId, table.createdAt),
    index('sessions_purge_on').on(table.purgeOn.asc()),
  ],
)
