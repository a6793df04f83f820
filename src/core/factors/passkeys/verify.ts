import type { CoreDeps } from '../../deps.ts'
import type { Once } from '../factor-tokens.ts'
import type { AssertionJson } from '../offered.ts'

/** What a database row says of a passkey. */
export type StoredPasskey = {
  /** Of `passkeys.id`. */
  id: string
  userId: string
  credentialId: string
  publicKey: string
  counter: number
  isBackupEligible: boolean
  isSuspended: boolean
  /** Of the user, `users.webauthn_user_handle`. */
  userHandle: string | null
}

/** What an assertion that holds says. */
export type VerifiedAssertion = {
  isUserVerified: boolean
  counter: number
  isBackedUp: boolean
  /** The challenge, which is to be spent with the proof. */
  once: Once
  /** True if the counter did not rise. Such a passkey is refused and suspended unless it is synced. */
  isCloned: boolean
}

/**
 * Returns what an assertion by this passkey says, or undefined if anything about it does not hold (WebAuthn level 3, section
 * 7.2). Throws `passkeys_not_configured` where passkeys cannot work.
 */
export async function verifyAssertion(
  deps: Pick<CoreDeps, 'config' | 'clock' | 'factorTokens'>,
  stored: StoredPasskey,
  offered: { challengeToken: string; credential: AssertionJson },
): Promise<VerifiedAssertion | undefined> {
  throw new Error('not yet')
}
