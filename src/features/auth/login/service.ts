import { type PasswordProof, provePassword, refuseUnknown } from '../../../core/passwords/prove.ts'
import { openSession } from '../../../core/sessions/open.ts'
import type { Client } from '../../../core/sessions/session.ts'
import type { TokenPair } from '../../../core/tokens/tokens.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { identifierKey, looksLikeEmail } from '../../../utils/identifiers.ts'
import { selectAccountBy } from './repository.ts'

type LoginInput = { identifier: string; password: string; client: Client; signal: AbortSignal }

/** Each attempt lets through as many concurrent log-ins of a user as sessions are allowed. More are no person's. */
const MAX_ATTEMPTS = 10

/**
 * Opens a session for the right password. An unknown user costs a hash too, and all refusals look alike. Reads the
 * account again if a password change or many log-ins came between reading it and opening the session. Opens none for a
 * client that left before its password was checked.
 */
export async function login(
  deps: Deps,
  { identifier, password, client, signal }: LoginInput,
): Promise<TokenPair> {
  const selectAccount = selectAccountBy[looksLikeEmail(identifier) ? 'email' : 'username']
  const key = identifierKey(identifier)
  let proof: PasswordProof | undefined

  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const [account] = await selectAccount(deps.db, { key })
    if (!account) return refuseUnknown(deps, key, { password, signal })
    const { passwordHash, ...user } = account
    // A second attempt hashes again only if the stored hash is another one.
    if (proof?.hash !== passwordHash) {
      const own = { id: user.id, identifierKey: key, passwordHash }
      proof = await provePassword(deps, own, { password, signal })
    }
    const tokens = await openSession(deps, user, proof, client)
    if (tokens) return tokens
  }
  throw new AppError('overloaded', {
    detail: 'There are too many log-ins to this account at once. Please try again.',
  })
}
