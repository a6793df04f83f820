import { AppError } from '../../errors.ts'
import { isOwnPermission } from '../access/permissions.ts'
import type { CoreDeps } from '../deps.ts'
import type { Actor } from '../sessions/authenticate.ts'
import { acrOf } from './assurance.ts'

/** What a route asks of the session that calls it (RFC 9470). */
export type StepUp = {
  aal?: 2
  /** How long ago the proof may be. */
  maxAgeSeconds?: number
}

/** What changes who can enter an account, or what others may do, needs a proof that is this fresh. */
export const SUDO = { maxAgeSeconds: 600 } as const satisfies StepUp

/** What of a session decides that. */
type Assured = Pick<Actor, 'aal' | 'factorCount' | 'authTime' | 'secondFactorAt'>

/** Of a user with second factors their proof counts alone, for the password may be what was stolen. */
function isProven(actor: Assured, { aal, maxAgeSeconds }: StepUp, now: Date): boolean {
  const needed = neededOf(actor, aal)
  // One of level 0 has one factor, too; what else it may do is for the guard before to say.
  if (needed === 2 && actor.aal < 2) return false
  if (maxAgeSeconds === undefined) return true
  const at = needed === 2 ? actor.secondFactorAt : actor.authTime
  return at !== null && now.getTime() - at.getTime() <= maxAgeSeconds * 1000
}

function neededOf({ factorCount }: Assured, aal: StepUp['aal']): 1 | 2 {
  return aal ?? (factorCount > 0 ? 2 : 1)
}

/** Throws `step_up_required` unless the caller's session is as sure and as fresh as that. */
export function refuseStale(
  { clock }: Pick<CoreDeps, 'clock'>,
  actor: Assured,
  wanted: StepUp,
): void {
  if (isProven(actor, wanted, clock.now())) return
  const { aal, maxAgeSeconds } = wanted
  const acr = acrOf(neededOf(actor, aal))
  throw new AppError('step_up_required', {
    stepUp: { acr, ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) },
  })
}

/**
 * Throws `step_up_required` for a user with second factors whose proof of one is not fresh. For what asks for the current
 * password besides, which is the fresh proof of whoever has none.
 */
export function refuseStaleSecond(deps: Pick<CoreDeps, 'clock'>, session: Assured): void {
  if (session.factorCount > 0) refuseStale(deps, session, SUDO)
}

/** Throws `mfa_enrollment_required` for a caller who has no second factor where the configuration wants one (REQUIRE_MFA). */
export function refuseUnenrolled(
  { config }: Pick<CoreDeps, 'config'>,
  { factorCount, permissions }: Actor,
): void {
  if (factorCount > 0) return
  const { requireMfa } = config.factors
  if (requireMfa === 'off') return
  if (requireMfa === 'all' || permissions.some(isOwnPermission)) {
    throw new AppError('mfa_enrollment_required')
  }
}
