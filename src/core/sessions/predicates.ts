import { and, eq, gt, gte, isNull, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { literal } from '../../database/params.ts'
import { sessions, users } from '../../models/index.ts'

/** The columns of a user that decide whether a session is live, from the table or from an earlier step. */
type Owner = Record<'disabledAt' | 'sessionEpoch' | 'keptSessionId' | 'factorCount', SQLWrapper>

/**
 * True if the session, joined to its owner, is live. The database's clock decides, so that servers whose clocks differ
 * agree. The epoch ends all sessions of a user at once, even one that a concurrent log-in is about to open. Of a user with
 * second factors no session of one factor is live, whoever opened it. One that can only enrol a factor is live for nothing
 * else: `minAal` is 0 for that.
 */
export function isLive(owner: Owner = users, minAal: 0 | 1 = 1): SQL | undefined {
  return and(
    isNull(sessions.revokedAt),
    gt(sessions.idleExpiresAt, sql`now()`),
    isNull(owner.disabledAt),
    or(eq(owner.factorCount, literal(0)), eq(sessions.aal, literal(2))),
    gte(sessions.aal, literal(minAal)),
    or(eq(sessions.epoch, owner.sessionEpoch), eq(sessions.id, owner.keptSessionId)),
  )
}

/** The session and user that a verified token names. */
export type CallerParams = Record<'sessionId' | 'userId', SQLWrapper>

/** True if the statement's session and user are those that a token names, and the session is live. */
export function isCaller({ sessionId, userId }: CallerParams, minAal: 0 | 1 = 1): SQL | undefined {
  return and(
    eq(sessions.id, sessionId),
    eq(sessions.userId, userId),
    eq(users.id, sessions.userId),
    isLive(users, minAal),
  )
}

/** True if the user proved to read mail to the present address. */
export function isEmailVerified(): SQL.Aliased<boolean> {
  return sql<boolean>`${users.emailVerifiedAt} is not null`.as('is_email_verified')
}
