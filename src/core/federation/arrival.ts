import { AppError } from '../../errors.ts'
import { identifierKey, mailboxAsWritten } from '../../utils/identifiers.ts'
import { avatarUrlOf, displayNameOf, localeOf } from '../../utils/profile.ts'
import { isStorable } from '../../utils/storable.ts'
import type { CoreDeps } from '../deps.ts'
import type { Once } from '../factors/factor-tokens.ts'
import { newId } from '../outbox/enqueue.ts'
import type { ProviderProfile } from './provider.ts'

/** Somebody who comes from a provider, by what works once. */
export type Arrival = { provider: string; profile: ProviderProfile; once: Once }

/** OpenID Connect Core, section 2. Issuers have no bound of their own. */
const MAX_SUBJECT_CHARACTERS = 255
const MAX_ISSUER_CHARACTERS = 500
const MAX_USERNAME_CHARACTERS = 64

/**
 * Returns what is kept of a profile: each part in the form in which accounts have it, or null. An address that is no
 * mailbox in just that spelling is none. Throws `provider_failed` for a subject that is none.
 */
export function boundedProfile(profile: ProviderProfile): ProviderProfile {
  const { issuer, subject, username, displayName, avatarUrl, locale } = profile
  const isNamed =
    isBounded(issuer, MAX_ISSUER_CHARACTERS) && isBounded(subject, MAX_SUBJECT_CHARACTERS)
  if (!isNamed) throw new AppError('provider_failed')
  const email = (profile.email !== null && mailboxAsWritten(profile.email)) || null
  const isEmailVouched = email !== null && profile.isEmailVouched
  return {
    ...{ issuer, subject, email, isEmailVouched },
    isEmailAuthoritative: isEmailVouched && profile.isEmailAuthoritative,
    username: username && isStorable(username) ? username.slice(0, MAX_USERNAME_CHARACTERS) : null,
    displayName: (displayName && displayNameOf(displayName)) || null,
    avatarUrl: (avatarUrl && avatarUrlOf(avatarUrl)) || null,
    locale: (locale && localeOf(locale)) || null,
  }
}

function isBounded(text: string, max: number): boolean {
  return text.length > 0 && text.length <= max && isStorable(text)
}

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
