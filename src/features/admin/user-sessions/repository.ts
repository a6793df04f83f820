import { and, eq, sql } from 'drizzle-orm'
import { actingColumns, actorFound, targetFound } from '../../../core/access/steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { sessionEnded, someEnded } from '../../../core/sessions/steps.ts'
import { users } from '../../../models/index.ts'

const PARAMS = { sessionId: 'uuid', userId: 'uuid', targetId: 'uuid' } as const

/** Ends one session of a user. */
export const endUserSession = stateChange({
  name: 'end_user_session',
  params: { ...PARAMS, endedId: 'uuid' },
  change(db, p) {
    const actor = actorFound(db, p, 'auth:sessions:end')
    const target = targetFound(db, actor, p.targetId)
    const ended = sessionEnded(db, {
      sessionId: p.endedId,
      userId: sql`(select ${target.id} from ${target} where ${target.isBelow})`,
    })
    return {
      steps: [actor, target, ended],
      records: {
        ...{ event: 'session_ended', of: ended, subject: p.targetId },
        ...{ actor: p.userId, session: p.sessionId },
        details: { session: ended.id },
      },
      answers: {
        from: [actor, target, ended],
        columns: { ...actingColumns(actor, target), endedId: ended.id },
      },
    }
  },
})

/** Ends all sessions of a user, even one that a concurrent log-in is about to open. */
export const endUserSessions = stateChange({
  name: 'end_user_sessions',
  params: PARAMS,
  change(db, p) {
    const actor = actorFound(db, p, 'auth:sessions:end')
    const target = targetFound(db, actor, p.targetId)
    const moved = db.$with('epoch_moved').as(
      db
        .update(users)
        .set({ sessionEpoch: sql`${users.sessionEpoch} + 1`, keptSessionId: sql`null` })
        .from(target)
        .where(and(eq(users.id, target.id), sql`${target.isBelow}`))
        .returning({ id: users.id }),
    )
    const ended = someEnded(db, moved)
    return {
      steps: [actor, target, moved, ended],
      records: {
        ...{ event: 'sessions_ended', of: ended, subject: ended.id },
        ...{ actor: p.userId, session: p.sessionId },
      },
      answers: {
        from: [actor, target, moved],
        columns: { ...actingColumns(actor, target), endedOf: moved.id },
      },
    }
  },
})
