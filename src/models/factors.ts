import { sql } from 'drizzle-orm'
import { bigint, boolean, index, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'
import { users } from './users.ts'

const ownerId = () =>
  uuid('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' })

/** The authenticator app of a user (RFC 6238), apart from `users` so that no query for a user can return a secret. */
export const totpFactors = ownSchema.table('totp_factors', {
  userId: ownerId().primaryKey(),
  /** Sealed (core/factors/sealing.ts), so that a copy of the database makes no codes. */
  sealedSecret: text('sealed_secret').notNull(),
  /** The time step of the last code that was accepted. Only a later one is. */
  lastStep: bigint('last_step', { mode: 'number' }).notNull().default(0),
  createdAt: instantColumn('created_at').notNull().defaultNow(),
  /** Null while no code has shown that the user has the secret. Until then it is no factor. */
  confirmedAt: instantColumn('confirmed_at'),
})

/** Recovery codes that are not used yet; using one deletes it. Kept as an HMAC, whose key is in no database. */
export const recoveryCodes = ownSchema.table(
  'recovery_codes',
  { userId: ownerId(), codeMac: text('code_mac').notNull() },
  (table) => [primaryKey({ columns: [table.userId, table.codeMac] })],
)

/** Public key credentials (WebAuthn level 3, section 4). Nothing in them is secret. */
export const passkeys = ownSchema.table(
  'passkeys',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    /** Base64url, as the authenticator named it. */
    credentialId: text('credential_id').notNull().unique('passkeys_credential_id_unique'),
    /** A COSE key in base64url (RFC 9052 section 7). */
    publicKey: text('public_key').notNull(),
    /** The signature counter of the last assertion. 0 where the authenticator has none. */
    counter: bigint({ mode: 'number' }).notNull(),
    /** True for a passkey that may be synced to other devices. It never changes. */
    isBackupEligible: boolean('is_backup_eligible').notNull(),
    isBackedUp: boolean('is_backed_up').notNull(),
    transports: text().array().notNull().default(sql`'{}'`),
    name: text().notNull(),
    createdAt: instantColumn('created_at').notNull().defaultNow(),
    lastUsedAt: instantColumn('last_used_at'),
    /** When its counter went back, as that of a copy does. It opens nothing any more, but the user still has a factor. */
    suspendedAt: instantColumn('suspended_at'),
  },
  (table) => [index('passkeys_user_id').on(table.userId)],
)

/** Tokens and challenges that work once and were used, until they expire. To issue one writes nothing. */
export const spentTokens = ownSchema.table(
  'spent_tokens',
  { jti: text().primaryKey(), expiresAt: instantColumn('expires_at').notNull() },
  (table) => [index('spent_tokens_expires_at').on(table.expiresAt.asc())],
)
