import { sql } from 'drizzle-orm'
import { AppError } from '../../errors.ts'
import { stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { isUuid } from '../tokens/claims.ts'
import type { SessionRef } from './session.ts'
import { callerFound, epochMoved, sessionEnded, someEnded } from './steps.ts'

const endCaller = stateChange({
  name: 'end_caller',
  params: { sessionId: 'uuid', userId: 'uuid' },
  change(db, p) {
    const ended = sessionEnded(db, p)
    return {
      steps: [ended],
      records: { event: 'session_ended', of: ended, subject: p.userId, session: ended.id },
      answers: { from: [ended], columns: { endedId: ended.id } },
    }
  },
})

const endOther = stateChange({
  name: 'end_other',
  params: { sessionId: 'uuid', userId: 'uuid', targetId: 'uuid' },
  change(db, p) {
    const caller = callerFound(db, p)
    const ended = sessionEnded(db, {
      sessionId: p.targetId,
      userId: sql`(select ${caller.userId} from ${caller})`,
    })
    return {
      steps: [caller, ended],
      records: {
        event: 'session_ended',
        of: ended,
        subject: p.userId,
        session: ended.id,
        details: { by_session: p.sessionId },
      },
      answers: {
        from: [caller, ended],
        columns: { callerId: caller.sessionId, endedId: ended.id },
      },
    }
  },
})

const endAll = stateChange({
  name: 'end_all',
  params: { sessionId: 'uuid', userId: 'uuid', keptId: 'uuid?' },
  change(db, p) {
    const moved = epochMoved(db, p)
    const ended = someEnded(db, moved, p.keptId)
    return {
      steps: [moved, ended],
      records: { event: 'sessions_ended', of: ended, subject: ended.id, session: p.sessionId },
      answers: { from: [moved], columns: { userId: moved.id } },
    }
  },
})

/** Ends the caller's own session at once. Does nothing if it has ended already. */
export async function endSession(deps: CoreDeps, { userId, sessionId }: SessionRef): Promise<void> {
  await endCaller(deps, { userId, sessionId })
}

/** Ends one of the caller's sessions. Throws `not_found` for another user's session, as for an unknown one. */
export async function endSessionById(
  deps: CoreDeps,
  { userId, sessionId }: SessionRef,
  targetId: string,
): Promise<void> {
  if (!isUuid(targetId)) throw noSuchSession()
  const { callerId, endedId } = await endOther(deps, { userId, sessionId, targetId })
  if (callerId === null) throw new AppError('token_invalid')
  if (endedId === null) throw noSuchSession()
}

/** The refusal to end a session that the caller does not have. */
export function noSuchSession(): AppError {
  return new AppError('not_found', { detail: 'There is no such session.' })
}

/**
 * Ends all sessions of the user, or all but the caller's, including those that a concurrent log-in is about to open.
 */
export async function endAllSessions(
  deps: CoreDeps,
  { userId, sessionId }: SessionRef,
  { keepsCurrent }: { keepsCurrent: boolean },
): Promise<void> {
  const moved = await endAll(deps, { userId, sessionId, keptId: keepsCurrent ? sessionId : null })
  if (moved.userId === null) throw new AppError('token_invalid')
}
