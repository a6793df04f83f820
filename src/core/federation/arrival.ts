import { identifierKey } from '../../utils/identifiers.ts'
import type { CoreDeps } from '../deps.ts'
import type { Once } from '../factors/factor-tokens.ts'
import { newId } from '../outbox/enqueue.ts'
import type { ProviderProfile } from './provider.ts'

/** Somebody who comes from a provider, by what works once. */
export type Arrival = { provider: string; profile: ProviderProfile; once: Once }

/** Returns the canonical form of the email, or null for none. */
export function emailKeyOf({ email }: ProviderProfile): string | null {
  return email === null ? null : identifierKey(email)
}

/** Returns the values of `LINK_PARAMS`, with the id of a new identity. */
export function linkValues(deps: Pick<CoreDeps, 'clock'>, { provider, profile, once }: Arrival) {
  const { issuer, subject, email, isEmailVouched } = profile
  return {
    ...{ identityId: newId(deps), issuer, subject, provider },
    ...{ identityEmail: email, isIdentityVouched: isEmailVouched },
    ...{ codeId: once.jti, codeUntil: once.expiresAt },
  }
}
