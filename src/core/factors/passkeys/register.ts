import { AppError } from '../../../errors.ts'
import { base64url, base64urlBytes } from '../../../utils/base64.ts'
import type { CoreDeps } from '../../deps.ts'
import { spendValues } from '../use-steps.ts'
import { cborMap } from './cbor.ts'
import { openChallenge, webauthnOf } from './challenges.ts'
import { hashOfClientData } from './client-data.ts'
import { importCoseKey, type Verify } from './cose-key.ts'
import { dataFor, joined } from './verify.ts'

type Deps = Pick<CoreDeps, 'config' | 'clock' | 'factorTokens'>
type Bytes = Uint8Array<ArrayBuffer>

/** A new credential as `navigator.credentials.create` gives it (RegistrationResponseJSON, WebAuthn level 3). */
export type RegistrationJson = {
  id: string
  rawId: string
  type: 'public-key'
  response: {
    clientDataJSON: string
    attestationObject: string
    transports?: readonly string[] | undefined
  }
}

/** A passkey that may be stored. */
export type NewPasskey = {
  credentialId: string
  publicKey: string
  counter: number
  isBackupEligible: boolean
  isBackedUp: boolean
  transports: readonly string[]
  /** The handle that it was made for. */
  userHandle: string
  /** Spends the challenge when it is stored. */
  spends: ReturnType<typeof spendValues>
}

/** What browsers name today, and what they may name (section 5.8.4). */
const TRANSPORT = /^[a-z-]{1,16}$/
const MAX_TRANSPORTS = 8

/**
 * Returns the passkey that a browser made for this user, or undefined if anything about it does not hold (WebAuthn level 3,
 * section 7.1). Its authenticator must have verified the user. Throws `challenge_invalid` for a challenge that works no more
 * or is somebody else's, and `passkeys_not_configured` where passkeys cannot work.
 */
export async function verifyRegistration(
  deps: Deps,
  userId: string,
  { challengeToken, credential }: { challengeToken: string; credential: RegistrationJson },
): Promise<NewPasskey | undefined> {
  const settings = webauthnOf(deps)
  const claims = await openChallenge(deps, challengeToken, 'register')
  const { challenge, userHandle, jti, expiresAt } = claims
  if (claims.userId !== userId || userHandle === undefined) throw new AppError('challenge_invalid')
  const { id, rawId, response } = credential
  const expected = { type: 'webauthn.create', challenge, settings } as const
  const clientHash = await hashOfClientData(response.clientDataJSON, expected)
  const attested = await attestedData(settings.rpId, response.attestationObject)
  if (!clientHash || !attested || id !== rawId) return undefined
  const { credential: made, bytes, attestation, ...data } = attested
  const credentialId = base64url(made.id)
  const key = await importCoseKey(made.publicKey)
  if (!key || id !== credentialId || !data.isUserVerified) return undefined
  if (!(await isAttested(attestation, key, joined(bytes, clientHash)))) return undefined
  return {
    ...{ credentialId, userHandle, spends: spendValues([{ jti, expiresAt }]) },
    publicKey: base64url(made.publicKey),
    counter: data.counter,
    isBackupEligible: data.isBackupEligible,
    isBackedUp: data.isBackedUp,
    transports: (response.transports ?? [])
      .filter((name) => TRANSPORT.test(name))
      .slice(0, MAX_TRANSPORTS),
  }
}

type Attestation = { format: unknown; statement: ReadonlyMap<unknown, unknown> }

async function attestedData(rpId: string, text: string) {
  const all = base64urlBytes(text)
  const object = all && cborMap(all)
  const bytes = object?.get('authData')
  const statement = object?.get('attStmt')
  if (!(bytes instanceof Uint8Array) || !(statement instanceof Map)) return undefined
  const data = await dataFor(rpId, bytes)
  if (!data?.credential) return undefined
  const attestation: Attestation = { format: object?.get('fmt'), statement }
  return { ...data, credential: data.credential, bytes, attestation }
}

/**
 * True for no attestation, which is what is asked for, and for one by the passkey's own key, which browsers may leave
 * (section 5.1.3). Neither says who made the authenticator.
 */
async function isAttested(
  { format, statement }: Attestation,
  { alg, verify }: { alg: number; verify: Verify },
  signed: Bytes,
): Promise<boolean> {
  if (format === 'none') return statement.size === 0
  const signature = statement.get('sig')
  return (
    format === 'packed' &&
    statement.size === 2 &&
    statement.get('alg') === alg &&
    signature instanceof Uint8Array &&
    verify(signature as Bytes, signed)
  )
}
