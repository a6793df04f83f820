import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, json, text, uuid } from 'drizzle-orm/pg-core'
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
    /** When the user proved to read mail to `email`. A new address begins anew. */
    emailVerifiedAt: instantColumn('email_verified_at'),
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
    displayName: text('display_name'),
    /** A BCP 47 language tag. */
    locale: text(),
    avatarUrl: text('avatar_url'),
    /** An object that the user writes. Null for none. Not `jsonb`, which writes 1e-300 out and sorts the members. */
    userData: json('user_data'),
    /** An object that admins write and the user reads. Null for none. */
    appData: json('app_data'),
    /** Counts changes of what user and admins write, for `If-Match`. */
    version: bigint({ mode: 'number' }).notNull().default(0),
    /**
     * How many second factors are confirmed: rows of `totp_factors` and `passkeys`. It moves in the statement that moves
     * those. Where it is not 0, only sessions of two factors are live.
     */
    factorCount: integer('factor_count').notNull().default(0),
    /** Names the user to passkeys (WebAuthn level 3, section 14.6.1): 64 random bytes in base64url. Null before the first. */
    webauthnUserHandle: text('webauthn_user_handle'),
    /** Counts changes of roles and state alone. What decides by them compares it. */
    accessVersion: bigint('access_version', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    // Of identifiers that begin so. "C" compares bytes, as ranges of prefixes need.
    index('users_username_prefix').on(sql`${table.usernameKey} collate "C" asc`, table.id.asc()),
    index('users_email_prefix').on(sql`${table.emailKey} collate "C" asc`, table.id.asc()),
    index('users_disabled').on(table.id.asc()).where(sql`${table.disabledAt} is not null`),
    check('users_username_bounds', sql`char_length(${table.username}) between 1 and 128`),
    check('users_email_bounds', sql`char_length(${table.email}) between 3 and 320`),
  ],
)
