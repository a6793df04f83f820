import { and, eq, gt, isNull, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { param } from '../../database/params.ts'
import { sessions, users } from '../../models/index.ts'

/** The day on which an instant falls, the same wherever the database is set to be. */
export function dayOf(instant: SQLWrapper): SQL {
  return sql`(${instant} at time zone 'utc')::date`
}

/** What of a user decides whether a session counts: the table's columns, or an earlier step's row of it. */
type Owner = Record<'disabledAt' | 'sessionEpoch' | 'keptSessionId', SQLWrapper>

/**
 * True where the session (joined to its owner) still counts. The database's clock decides, so that servers whose clocks
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

/** The session and user that a genuine token names, if they still count; parameters `sessionId` and `userId`. */
export function callerStep(db: Database) {
  return db
    .$with('caller')
    .as(
      db
        .select({ userId: sessions.userId, sessionId: sessions.id })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(isCaller()),
    )
}

/** Who speaks, as a genuine token names them. */
type CallerKey = Record<'sessionId' | 'userId', SQLWrapper>

const givenCaller: CallerKey = {
  sessionId: param('sessionId', 'uuid'),
  userId: param('userId', 'uuid'),
}

/** The condition behind `callerStep`, for statements that join sessions and users themselves. */
export function isCaller({ sessionId, userId }: CallerKey = givenCaller): SQL | undefined {
  return and(
    eq(sessions.id, sessionId),
    eq(sessions.userId, userId),
    eq(users.id, sessions.userId),
    isLive(),
  )
}
