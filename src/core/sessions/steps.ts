import { and, eq, exists, isNull, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { sessions, users } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'
import { type CallerParams, isCaller, isLive } from './predicates.ts'

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

/**
 * Finds the same, even a session that can only enrol a factor, and holds both until the statement ends. Whoever ends
 * all sessions meanwhile is before it, and then it finds nothing, or after it: no session outlives that by a factor that it
 * was about to add.
 */
export function callerHeld(db: Database, p: CallerParams) {
  return db.$with('caller').as(
    db
      .select({ userId: sql<string>`${users.id}`.as('caller_user_id') })
      .from(users)
      .innerJoin(sessions, eq(sessions.userId, users.id))
      .where(isCaller(p, 0))
      .for('no key update'),
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

/** Finds the user of a step whose epoch moved, if that ended a session. To end none is no event. */
export function someEnded(
  db: Database,
  moved: Step & { id: SQLWrapper },
  keptId: SQL = sql`null::uuid`,
) {
  // The snapshot of the statement, in which the epoch has not moved.
  const live = db
    .select({ id: sessions.id })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(eq(sessions.userId, moved.id), isLive(), sql`${sessions.id} is distinct from ${keptId}`),
    )
  return db.$with('some_ended').as(
    db
      .select({ id: sql<string>`${moved.id}`.as('ended_of') })
      .from(moved)
      .where(exists(live)),
  )
}
