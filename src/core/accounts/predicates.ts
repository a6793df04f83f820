import { and, eq, gt, isNull, ne, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal } from '../../database/params.ts'
import { credentials, identities, oneTimeTokens, passkeys } from '../../models/index.ts'

type Counted = {
  /** What is about to be removed, and so counts no more. */
  passkeyId?: SQLWrapper
  identityId?: SQLWrapper
  /** The ids of the providers that are configured, by spaces; null where that is not known, and each identity counts. */
  providers: SQLWrapper
}

/** True for an identity of one of these providers, of which the configuration can have lost some; of any for null. */
export function isUsable(providers: SQLWrapper): SQL<boolean> {
  return sql<boolean>`(${providers} is null or ${identities.provider} = any(string_to_array(${providers}, ' ')))`
}

/**
 * True for a user who has something to log in by: a password, a passkey that is not suspended, or an identity at a provider.
 * Who was created or invited has not until a password is chosen. The user must not be a column of these tables, which would
 * be taken for that of the inner one.
 */
export function hasCredential(userId: SQLWrapper, counted: Counted): SQL<boolean> {
  // Not `exists`, for which Postgres may read the whole table at once.
  const password = sql`select true from ${credentials} where ${eq(credentials.userId, userId)}`
  const passkey = sql`select true from ${passkeys} where ${and(eq(passkeys.userId, userId), isNull(passkeys.suspendedAt), counted.passkeyId && ne(passkeys.id, counted.passkeyId))} limit 1`
  const identity = sql`select true from ${identities} where ${and(eq(identities.userId, userId), counted.identityId && ne(identities.id, counted.identityId), isUsable(counted.providers))} limit 1`
  return sql<boolean>`coalesce((${password}), (${passkey}), (${identity}), false)`
}

/**
 * True if an address is kept for a user who can still take it back. Nobody else may get it meanwhile, or whoever took an
 * account over could lock its owner out by that. One that the user never verified gives no such right: anybody could keep
 * anybody's by a sign-up and a change of the email.
 */
export function addressIsKept(
  db: Database,
  emailKey: SQLWrapper,
  exceptFor: SQLWrapper = sql`null::uuid`,
): SQL<boolean> {
  const keeping = db
    .select({ id: oneTimeTokens.id })
    .from(oneTimeTokens)
    .where(
      and(
        eq(oneTimeTokens.purpose, literal('undo_email_change')),
        eq(oneTimeTokens.emailKey, emailKey),
        gt(oneTimeTokens.expiresAt, sql`now()`),
        sql`${oneTimeTokens.userId} is distinct from ${exceptFor}`,
      ),
    )
  return sql<boolean>`exists ${keeping}`
}
