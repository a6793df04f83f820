import { and, eq, gt, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal } from '../../database/params.ts'
import { credentials, oneTimeTokens } from '../../models/index.ts'

/** True for a user who has something to log in by. Who was created or invited has not until a password is chosen. */
export function hasCredential(userId: SQLWrapper): SQL<boolean> {
  // Not `exists`, for which Postgres may read the whole table at once.
  return sql<boolean>`coalesce((select true from ${credentials} where ${eq(credentials.userId, userId)}), false)`
}

/**
 * True if an address is kept for a user who can still take it back. Nobody else may get it meanwhile, or whoever took an
 * account over could lock its owner out by that.
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
