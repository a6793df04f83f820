import type { AssertionJson } from '../../../core/factors/offered.ts'
import { provePasskeyAlone } from '../../../core/factors/passkeys/prove-alone.ts'
import { factorRefused } from '../../../core/factors/prove.ts'
import { forgiveTry } from '../../../core/limits/forgive.ts'
import { unlessRefused } from '../../../core/limits/refuse.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { type Opener, openSession, refuseUnverified } from '../../../core/sessions/open.ts'
import type { SessionTokens } from '../../../core/tokens/tokens.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { countPasskey } from './repository.ts'

/** Returns what a browser proves any passkey by. Throws `passkeys_not_configured`. */
export async function assertionOptions(deps: Deps) {
  const { requestOptions } = await import('../../../core/factors/passkeys/options.ts')
  return requestOptions(deps)
}

/**
 * Opens a session by a passkey that says whose it is and verified its user, in two round trips. An assertion works once.
 * Throws `factor_refused` for any that is not good, and `challenge_invalid` where its challenge is over or the account
 * changed meanwhile.
 */
export async function logInByPasskey(
  deps: Deps,
  offered: { challengeToken: string; credential: AssertionJson },
  opener: Opener,
): Promise<SessionTokens> {
  const { ip, language } = opener
  const { id: credentialId } = offered.credential
  const tries = await triesOf(deps, 'passkey', { ip })
  const counted = await countPasskey(deps.db, { credentialId, tries })
  const { found, receipt } = unlessRefused(deps, counted)
  if (!found) throw passkeyUnknown(credentialId)
  const { userId, username, email, isEmailVerified, epoch, usernameKey, isDisabled } = found
  const proof = isDisabled ? undefined : await provePasskeyAlone(deps, found, offered, language)
  if (!proof) throw factorRefused({ usernameKey }, { userId })
  try {
    refuseUnverified(deps, { isEmailVerified })
  } catch (error) {
    await forgiveTry(deps, receipt)
    throw error
  }
  const user = { id: userId, username, email, isEmailVerified, epoch, counted: receipt }
  const tokens = await openSession(deps, user, proof, opener)
  if (!tokens) throw new AppError('challenge_invalid')
  return tokens
}

/** The refusal of a passkey that nobody has any more. The browser may forget it. */
export function passkeyUnknown(credentialId = ''): AppError {
  return new AppError('factor_refused', {
    detail: 'This passkey is not known here any more.',
    errors: [
      {
        ...{ pointer: '/credential/id', code: 'invalid_value' },
        detail: 'No account has this passkey.',
      },
    ],
    refusal: { outcome: 'wrong_factor', identifierKey: credentialId },
  })
}
