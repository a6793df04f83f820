import { liveSessions } from '../../../core/sessions/list.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'

/**
 * Returns the user's live sessions, the last used first. Throws `token_invalid` if the caller's own is not among them.
 */
export async function listSessions(deps: Deps, { userId, sessionId }: SessionRef) {
  const live = await liveSessions(deps, userId, sessionId)
  if (!live.some(({ isCurrent }) => isCurrent)) throw new AppError('token_invalid')
  return live
}
