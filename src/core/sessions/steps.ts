import { and, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { sessions, users } from '../../models/index.ts'
import { type CallerParams, isCaller } from './predicates.ts'

/** Finds the session and user that a verified token names, if the session is live. */
export function callerFound(db: Database, p: CallerParams) {
  return db
    .$with('caller')
    .as(
      db
        .select({ userId: sessions.userId, sessionId: sessions.id })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(isCaller(p)),
    )
}

/** Ends one session of a user. Does nothing if it has ended already. */
export function sessionEnded(db: Database, of: { sessionId: SQL; userId: SQL }) {
  return db.$with('ended').as(
    db
      .update(sessions)
      .set({ revokedAt: sql`now()` })
      .where(
        and(
          eq(sessions.id, of.sessionId),
          eq(sessions.userId, of.userId),
          isNull(sessions.revokedAt),
        ),
      )
      .returning({ id: sessions.id }),
  )
}

/**
 * Moves the epoch of a caller whose session is live. This ends all sessions of the user but the kept one, including
 * those that a concurrent log-in is about to open.
 */
export function epochMoved(db: Database, p: CallerParams & { keptId: SQL }) {
  return db.$with('epoch_moved').as(
    db
      .update(users)
      .set({ sessionEpoch: sql`${users.sessionEpoch} + 1`, keptSessionId: p.keptId })
      .from(sessions)
      .where(isCaller(p))
      .returning({ id: users.id }),
  )
}
