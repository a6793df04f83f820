import { base64urlBytes } from '../../../utils/base64.ts'
import type { CoreDeps } from '../../deps.ts'
import type { Once } from '../factor-tokens.ts'
import type { AssertionJson } from '../offered.ts'
import { type AuthenticatorData, parseAuthenticatorData } from './authenticator-data.ts'
import { openChallenge, webauthnOf } from './challenges.ts'
import { hashOfClientData } from './client-data.ts'
import { importCoseKey } from './cose-key.ts'

type Deps = Pick<CoreDeps, 'config' | 'clock' | 'factorTokens'>
type Bytes = Uint8Array<ArrayBuffer>

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
  /** True if the counter did not rise. `counterHolds` decides what becomes of that. */
  isCloned: boolean
}

const encoder = new TextEncoder()

/**
 * Returns what an assertion by this passkey says, or undefined if anything about it does not hold (WebAuthn level 3, section
 * 7.2). Throws `challenge_invalid` for a challenge that works no more, and `passkeys_not_configured` where passkeys cannot
 * work.
 */
export async function verifyAssertion(
  deps: Deps,
  stored: StoredPasskey,
  { challengeToken, credential }: { challengeToken: string; credential: AssertionJson },
): Promise<VerifiedAssertion | undefined> {
  const settings = webauthnOf(deps)
  const { challenge, jti, expiresAt } = await openChallenge(deps, challengeToken, 'authenticate')
  const { response } = credential
  if (stored.isSuspended || !isOf(credential, stored)) return undefined
  const [bytes, signature, key] = [
    base64urlBytes(response.authenticatorData),
    base64urlBytes(response.signature),
    base64urlBytes(stored.publicKey),
  ]
  const expected = { type: 'webauthn.get', challenge, settings } as const
  const clientHash = await hashOfClientData(response.clientDataJSON, expected)
  const data = bytes && (await dataFor(settings.rpId, bytes))
  if (!clientHash || !bytes || !data || !signature || !key) return undefined
  if (data.isBackupEligible !== stored.isBackupEligible) return undefined
  const imported = await importCoseKey(key)
  if (!(await imported?.verify(signature, joined(bytes, clientHash)))) return undefined
  const { isUserVerified, isBackedUp, counter } = data
  const isCloned = (counter > 0 || stored.counter > 0) && counter <= stored.counter
  return { isUserVerified, isBackedUp, counter, isCloned, once: { jti, expiresAt } }
}

/** True for an assertion by the stored passkey, of its user where it says whose. */
function isOf({ id, rawId, response }: AssertionJson, stored: StoredPasskey): boolean {
  const { userHandle } = response
  return (
    id === stored.credentialId &&
    rawId === id &&
    (userHandle === undefined || userHandle === stored.userHandle)
  )
}

/** Reads authenticator data that is for this domain, with its user present. */
export async function dataFor(rpId: string, bytes: Bytes): Promise<AuthenticatorData | undefined> {
  const data = parseAuthenticatorData(bytes)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(rpId)))
  return data?.isUserPresent && areEqual(data.rpIdHash, hash) ? data : undefined
}

/** Neither is secret. */
function areEqual(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/** What a signature is made over. */
export function joined(data: Bytes, clientHash: Bytes): Bytes {
  const both = new Uint8Array(data.length + clientHash.length)
  both.set(data)
  both.set(clientHash, data.length)
  return both
}
