import { type Invitation, invitationLink, invite } from '../../../core/invitations/invite.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import { isUuid } from '../../../core/tokens/claims.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { LAST_UUID } from '../../../utils/uuid.ts'
import { deleteInvitation, selectInvitations } from './repository.ts'

const DAY_SECONDS = 86_400

/** Returns the invitations that still work, the latest first; those before one of them, so many at most. */
export function listInvitations(
  { db }: Deps,
  { before = LAST_UUID, most }: { before?: string | undefined; most: number },
) {
  return selectInvitations(db, { before, limit: most })
}

/** What is asked for: one address or any, and how long it is to work. */
type Wanted = { email?: string | undefined; expires_in_days?: number | undefined }

/** An invitation that was just issued. Nobody is told its token a second time. */
export type Issued = Invitation & { link: string | null }

/** Issues an invitation by an admin. Throws `validation_failed` for an email that nobody may sign up with. */
export async function issue(
  deps: Deps,
  actor: SessionRef,
  { email, expires_in_days: days }: Wanted,
): Promise<Issued> {
  const lifetime = days === undefined ? {} : { lifetimeSeconds: days * DAY_SECONDS }
  const issued = await invite(deps, { email, ...lifetime, actor })
  return {
    ...issued,
    link: invitationLink(deps.config, issued.token) ?? null,
  }
}

/** Takes an invitation back. Throws `not_found` for one that was used, as for an unknown one. */
export async function revoke(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  targetId: string,
): Promise<void> {
  if (!isUuid(targetId)) throw noSuchInvitation()
  const { actorId, revokedId } = await deleteInvitation(deps, { userId, sessionId, targetId })
  if (actorId === null) throw new AppError('permission_denied')
  if (revokedId === null) throw noSuchInvitation()
}

/** The refusal to take back what is not there. */
export function noSuchInvitation(): AppError {
  return new AppError('not_found', { detail: 'There is no such invitation.' })
}
