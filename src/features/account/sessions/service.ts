import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { selectLiveSessions } from './repository.ts'

/**
 * Returns the user's live sessions, the last used first. Throws `token_invalid` if the caller's own is not among them.
 */
export async function listSessions({ db }: Deps, { userId, sessionId }: SessionRef) {
  const live = await selectLiveSessions(db, { userId })
  if (!live.some((session) => session.id === sessionId)) throw new AppError('token_invalid')
  return live.map((session) => ({ ...session, isCurrent: session.id === sessionId }))
}
