import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import type { Presented } from '../../account/sessions/service.ts'
import { moveEpoch, revokeCaller } from './repository.ts'

/** Ends the token's session at once; a session that had ended already stays so. */
export async function logout(deps: Deps, { userId, sessionId }: Presented): Promise<void> {
  await revokeCaller(deps.db, { userId, sessionId })
}

/** Ends every session of the user, or all but the caller's, together with any that a racing log-in would open. */
export async function logoutAll(
  deps: Deps,
  { userId, sessionId }: Presented,
  { keepsCurrent }: { keepsCurrent: boolean },
): Promise<void> {
  const moved = await moveEpoch(deps.db, {
    userId,
    sessionId,
    keptId: keepsCurrent ? sessionId : null,
  })
  if (!moved) throw new AppError('token_invalid')
}
