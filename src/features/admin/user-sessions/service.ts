import { refuseActing, refuseNoId } from '../../../core/access/acting.ts'
import { findAccount, noSuchUser } from '../../../core/accounts/find-account.ts'
import { noSuchSession } from '../../../core/sessions/end.ts'
import { type LiveSession, liveSessions } from '../../../core/sessions/list.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import { isUuid } from '../../../core/tokens/claims.ts'
import type { Deps } from '../../../deps.ts'
import { endUserSession, endUserSessions } from './repository.ts'

/** Returns the live sessions of a user, the last used first. Throws `not_found`. */
export async function listUserSessions(
  deps: Deps,
  { sessionId }: SessionRef,
  targetId: string,
): Promise<LiveSession[]> {
  const { id } = await findAccount(deps, targetId)
  return liveSessions(deps, id, sessionId)
}

/** Ends one session of a user. Throws `not_found` for one that has ended, too, and for another user's. */
export async function endSessionOf(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  { targetId, endedId }: { targetId: string; endedId: string },
): Promise<void> {
  refuseNoId(targetId)
  if (!isUuid(endedId)) throw noSuchSession()
  const outcome = await endUserSession(deps, { userId, sessionId, targetId, endedId })
  refuseActing(outcome)
  if (outcome.endedId === null) throw noSuchSession()
}

/** Ends all sessions of a user. */
export async function endAllSessionsOf(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  targetId: string,
): Promise<void> {
  refuseNoId(targetId)
  const outcome = await endUserSessions(deps, { userId, sessionId, targetId })
  refuseActing(outcome)
  // Deleted while the statement waited.
  if (outcome.endedOf === null) throw noSuchUser()
}
