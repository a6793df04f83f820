import { refuseStale, type StepUp, SUDO } from '../core/factors/step-up.ts'
import type { Actor } from '../core/sessions/authenticate.ts'
import type { Guard } from './guards.ts'

/** Requires that the session of the `actor`, whom a guard before it found, was proven so well and so lately (RFC 9470). */
export function stepUp(wanted: StepUp): Guard<{ actor: Actor }> {
  return {
    async middleware(c, next) {
      refuseStale(c.get('deps'), c.get('actor'), wanted)
      await next()
    },
    problems: ['step_up_required'],
  }
}

/** Requires a proof of the last minutes, for what changes who can enter an account or what others may do. */
export const sudo = stepUp(SUDO)
