import { base64url } from '../../../utils/base64.ts'
import type { CoreDeps } from '../../deps.ts'
import { FACTOR_TOKEN_SECONDS } from '../factor-tokens.ts'
import { issueChallenge, webauthnOf } from './challenges.ts'
import { ALGORITHMS } from './cose-key.ts'

type Deps = Pick<CoreDeps, 'config' | 'clock' | 'factorTokens'>

/** Who registers a passkey, and which there are. */
export type Registering = {
  userId: string
  /** What tells one account from another where a person has several. */
  name: string
  displayName: string
  /** Undefined before the first passkey. */
  userHandle: string | undefined
  passkeys: readonly { credentialId: string; transports: readonly string[] }[]
}

/** Says nothing of the user (WebAuthn level 3, section 14.6.1). */
const HANDLE_BYTES = 64
const TIMEOUT = FACTOR_TOKEN_SECONDS * 1000

const credential = (id: string, transports: readonly string[]) => ({
  ...{ id, type: 'public-key' as const },
  ...(transports.length > 0 && { transports: [...transports] }),
})

/**
 * Returns what a browser makes a passkey by (PublicKeyCredentialCreationOptionsJSON): one that can be found without a
 * username, verifies its user, and is not a second one of the same authenticator.
 */
export async function creationOptions(
  deps: Deps,
  { userId, name, displayName, userHandle: known, passkeys }: Registering,
) {
  const { rpId } = webauthnOf(deps)
  const userHandle = known ?? base64url(crypto.getRandomValues(new Uint8Array(HANDLE_BYTES)))
  const claims = { purpose: 'register', userId, userHandle } as const
  const { challenge, challengeToken } = await issueChallenge(deps, claims)
  const options = {
    rp: { id: rpId, name: deps.config.projectName },
    user: { id: userHandle, name, displayName },
    challenge,
    pubKeyCredParams: Object.values(ALGORITHMS).map((alg) => ({
      ...{ type: 'public-key' as const, alg },
    })),
    timeout: TIMEOUT,
    excludeCredentials: passkeys.map((one) => credential(one.credentialId, one.transports)),
    authenticatorSelection: {
      residentKey: 'required' as const,
      requireResidentKey: true,
      userVerification: 'required' as const,
    },
    attestation: 'none' as const,
  }
  return { options, challengeToken }
}

/**
 * Returns what a browser proves a passkey by (PublicKeyCredentialRequestOptionsJSON): any that it has for this domain. It
 * names no account, so that nobody learns which there are.
 */
export async function requestOptions(deps: Deps) {
  const { rpId } = webauthnOf(deps)
  const { challenge, challengeToken } = await issueChallenge(deps, { purpose: 'authenticate' })
  const options = {
    ...{ challenge, rpId, timeout: TIMEOUT },
    allowCredentials: [],
    userVerification: 'required' as const,
  }
  return { options, challengeToken }
}
