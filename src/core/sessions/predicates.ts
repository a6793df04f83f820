import { and, eq, gt, isNull, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { sessions, users } from '../../models/index.ts'

/** What of a user decides whether a session counts: the table's columns, or an earlier step's row of it. */
type Owner = Record<'disabledAt' | 'sessionEpoch' | 'keptSessionId', SQLWrapper>

/**
 * True where the session, joined to its owner, still counts. The database's clock decides, so that servers whose clocks
 * differ agree. The epoch ends all sessions of a user at once, even one that a racing log-in is about to open.
 */
export function isLive(owner: Owner = users): SQL | undefined {
  return and(
    isNull(sessions.revokedAt),
    gt(sessions.idleExpiresAt, sql`now()`),
    isNull(owner.disabledAt),
    or(eq(sessions.epoch, owner.sessionEpoch), eq(sessions.id, owner.keptSessionId)),
  )
}

/** Who speaks, as a genuine token names them. */
export type CallerParams = Record<'sessionId' | 'userId', SQLWrapper>

/** True where the session and its user, both in the statement, are those that a token names, and still count. */
export function isCaller({ sessionId, userId }: CallerParams): SQL | undefined {
  return and(
    eq(sessions.id, sessionId),
    eq(sessions.userId, userId),
    eq(users.id, sessions.userId),
    isLive(),
  )
}
