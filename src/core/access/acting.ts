import { AppError } from '../../errors.ts'
import { noSuchUser } from '../accounts/find-account.ts'
import { changedElsewhere } from '../accounts/own-account.ts'
import type { SessionRef } from '../sessions/session.ts'
import { isUuid } from '../tokens/claims.ts'

/** What `actingColumns` (steps.ts) tell of who acts and on whom. */
type Acting = { actorId: string | null; foundId: string | null; isBelow: boolean | null }

/**
 * Throws why nothing may be done to a user: `permission_denied` if the permission is gone meanwhile, or the user has some
 * that the actor has not; `not_found`.
 */
export function refuseActing({ actorId, foundId, isBelow }: Acting): void {
  if (actorId === null) throw new AppError('permission_denied')
  if (foundId === null) throw noSuchUser()
  if (!isBelow) throw userAbove()
}

/** The refusal to act on somebody who has permissions that the actor has not. */
export function userAbove(): AppError {
  return new AppError('permission_denied', {
    detail: 'This user has permissions that you do not have.',
  })
}

/** Throws unless somebody acts on another user, who may exist. */
export function refuseSelf({ userId }: SessionRef, targetId: string): void {
  refuseNoId(targetId)
  if (userId !== targetId) return
  throw new AppError('permission_denied', { detail: "Do this with another admin's help." })
}

/** Throws `not_found` for what is the id of nobody. */
export function refuseNoId(targetId: string): void {
  if (!isUuid(targetId)) throw noSuchUser()
}

/** The next attempt sees what the one before missed, so of so many changes at once each is made. */
const MAX_ATTEMPTS = 8

/**
 * Attempts a change until its user was not changed by something else meanwhile, of which `undefined` tells. Throws
 * `overloaded` if that does not end.
 */
export async function untilUnchanged<Result extends object>(
  attempt: () => Promise<Result | undefined>,
): Promise<Result> {
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const result = await attempt()
    if (result) return result
  }
  throw changedElsewhere()
}
