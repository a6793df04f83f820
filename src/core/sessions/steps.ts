import { and, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { sessions, users } from '../../models/index.ts'
import { type CallerParams, isCaller } from './predicates.ts'

/** The session and user that a genuine token names, if they still count. */
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

/** Ends one session of a user; nothing where it has ended already. */
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
 * Moves the epoch of a caller whose session counts: it ends all of the user's sessions but the kept one, and those that a
 * racing log-in is about to open. Nothing where the caller's session no longer counts.
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
