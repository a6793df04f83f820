import { isUtf8 } from 'node:buffer'
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import { beforeAll, describe, expect, it } from 'vitest'
import { factorDeps } from '../../../src/adapters/factor-deps.ts'
import { importKey } from '../../../src/adapters/keys-web.ts'
import { parseConfig } from '../../../src/config/index.ts'
import { readCbor } from '../../../src/core/factors/passkeys/cbor.ts'
import { issueChallenge } from '../../../src/core/factors/passkeys/challenges.ts'
import { importCoseKey } from '../../../src/core/factors/passkeys/cose-key.ts'
import { verifyRegistration } from '../../../src/core/factors/passkeys/register.ts'
import { verifyAssertion } from '../../../src/core/factors/passkeys/verify.ts'
import { base64url, base64urlBytes } from '../../../src/utils/base64.ts'
import {
  type AlgorithmName,
  type Authenticator,
  type Ceremony,
  createAuthenticator,
  FLAGS,
  makeKeys,
} from '../../support/authenticator.ts'

const CASES = 2_000
const USER = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
const HANDLE = 'pWc1dmr7cY5vNnEhc3xPb1RkZg'
const ORIGIN = 'http://localhost:8000'
const NAMES: readonly AlgorithmName[] = ['ES256', 'EdDSA', 'RS256']

/** The same cases in each run. */
function random(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

async function assembled() {
  const config = parseConfig({
    JWT_SECRET_KEY: 'a-key-that-only-the-tests-know-0123456789',
    PUBLIC_URL: ORIGIN,
  })
  const clock = { now: () => new Date() }
  return { config, clock, ...(await factorDeps(config, importKey)) } as never as Parameters<
    typeof verifyAssertion
  >[0]
}

let deps: Awaited<ReturnType<typeof assembled>>
let keys: Record<AlgorithmName, CryptoKeyPair>
beforeAll(async () => {
  deps = await assembled()
  const pairs = await Promise.all(NAMES.map(async (name) => [name, await makeKeys(name)] as const))
  keys = Object.fromEntries(pairs) as typeof keys
})

/** What is made wrong before it is signed. */
const WRONG: Partial<Ceremony>[] = [
  { rpId: 'evil.example' },
  { origin: 'https://evil.example' },
  { type: 'webauthn.other' },
  { challenge: 'q83vEjRWeJCrze8SNFZ4kA' },
  { flags: FLAGS.present },
  { flags: FLAGS.verified },
  { flags: 0 },
  { flags: FLAGS.present | FLAGS.verified | FLAGS.backedUp },
]

type Damage = (bytes: Uint8Array, pick: (below: number) => number) => Uint8Array

/** What is made wrong afterwards. */
const DAMAGES: Damage[] = [
  (bytes, pick) => bytes.map((byte, at) => (at === pick(bytes.length) ? byte ^ 1 : byte)),
  (bytes, pick) => {
    const at = pick(bytes.length)
    return bytes.map((byte, here) => (here === at ? byte ^ (1 << pick(8)) : byte))
  },
  (bytes, pick) => bytes.slice(0, pick(bytes.length)),
  (bytes, pick) => new Uint8Array([...bytes, pick(256)]),
]

function damaged<Response extends object>(
  response: Response,
  member: keyof Response,
  pick: (below: number) => number,
): Response {
  const bytes = base64urlBytes(String(response[member])) ?? new Uint8Array()
  const damage = DAMAGES[pick(DAMAGES.length)]
  return { ...response, [member]: base64url(damage?.(bytes, pick) ?? bytes) }
}

/** Returns what SimpleWebAuthn says of what is good, and undefined for all else. */
const ifGood = <Verdict extends { verified: boolean }>(verdict: Promise<Verdict>) =>
  verdict.then(
    (said) => (said.verified ? said : undefined),
    () => undefined,
  )

async function makeOne(pick: (below: number) => number): Promise<Authenticator> {
  const algorithm = NAMES[pick(NAMES.length)] ?? 'ES256'
  return createAuthenticator({
    ...{ algorithm, keys: keys[algorithm], isSynced: pick(2) === 0, counter: pick(3) },
  })
}

const challenged = async (purpose: 'register' | 'authenticate') =>
  issueChallenge(deps, {
    purpose,
    ...(purpose === 'register' && { userId: USER, userHandle: HANDLE }),
  })

/** Of three cases one is good, one is made wrong, and one is damaged on its way. */
const KINDS = ['good', 'wrong', 'damaged'] as const

describe('judged by our verification and by SimpleWebAuthn alike', () => {
  it(`are ${CASES} registrations`, async () => {
    const pick = random(20_261_127)
    const counts = { good: 0, bad: 0 }
    for (let at = 0; at < CASES; at++) {
      const kind = KINDS[pick(3)] ?? 'good'
      const wrong = kind === 'wrong' ? WRONG[pick(WRONG.length)] : {}
      const { challenge, challengeToken } = await challenged('register')
      const credential = await (await makeOne(pick)).create({ challenge, ...wrong })
      if (kind === 'damaged') {
        const member = pick(2) === 0 ? 'clientDataJSON' : 'attestationObject'
        credential.response = damaged(credential.response, member, pick)
      }
      const ours = await verifyRegistration(deps, USER, { challengeToken, credential })
      const theirs = await ifGood(
        verifyRegistrationResponse({
          response: credential as never,
          expectedChallenge: challenge,
          ...{ expectedOrigin: ORIGIN, expectedRPID: 'localhost', requireUserVerification: true },
          supportedAlgorithmIDs: [-8, -7, -257],
        }),
      )
      const made = theirs?.registrationInfo?.credential
      // Refused by us alone: a key that WebCrypto does not take, a credential under the id of another, and an attestation
      // that ends too early or too late, and client data that is no UTF-8.
      const isStricter =
        kind === 'damaged' &&
        made !== undefined &&
        (!(await importCoseKey(new Uint8Array(made.publicKey))) ||
          made.id !== credential.id ||
          hasOtherEnd(credential) ||
          !isUtf8(base64urlBytes(credential.response.clientDataJSON) ?? new Uint8Array()))
      const about = JSON.stringify({ at, kind, wrong, credential })
      expect(ours !== undefined, about).toBe(theirs !== undefined && !isStricter)
      counts[theirs ? 'good' : 'bad']++
    }
    expect(counts.good).toBeGreaterThan(CASES / 4)
    expect(counts.bad).toBeGreaterThan(CASES / 4)
  })

  it(`are ${CASES} assertions`, async () => {
    const pick = random(20_261_128)
    const counts = { good: 0, bad: 0 }
    for (let at = 0; at < CASES; at++) {
      const kind = KINDS[pick(3)] ?? 'good'
      const wrong = kind === 'wrong' ? WRONG[pick(WRONG.length)] : {}
      const { challenge, challengeToken } = await challenged('authenticate')
      const isSynced = pick(2) === 0
      const algorithm = NAMES[pick(NAMES.length)] ?? 'ES256'
      const authenticator = await createAuthenticator({
        ...{ algorithm, keys: keys[algorithm], isSynced, counter: pick(3) },
      })
      const credential = await authenticator.get({ challenge, userHandle: HANDLE, ...wrong })
      if (kind === 'damaged') {
        const members = ['clientDataJSON', 'authenticatorData', 'signature'] as const
        credential.response = damaged(credential.response, members[pick(3)] ?? 'signature', pick)
      }
      const { credentialId, publicKey } = authenticator
      const counter = pick(4)
      const stored = {
        ...{ id: USER, userId: USER, credentialId, counter, userHandle: HANDLE },
        ...{ publicKey: base64url(publicKey), isBackupEligible: isSynced, isSuspended: false },
      }
      const ours = await verifyAssertion(deps, stored, { challengeToken, credential })
      const theirs = await ifGood(
        verifyAuthenticationResponse({
          response: credential as never,
          expectedChallenge: challenge,
          ...{ expectedOrigin: ORIGIN, expectedRPID: 'localhost', requireUserVerification: true },
          credential: { id: credentialId, publicKey, counter },
        }),
      )
      const isOurs = ours?.isUserVerified === true && !ours.isCloned
      const isStricter = isOfOtherKind(credential, stored) || hasTail(credential, algorithm)
      const about = JSON.stringify({ at, kind, wrong, credential })
      expect(isOurs, about).toBe(theirs !== undefined && !isStricter)
      counts[theirs ? 'good' : 'bad']++
    }
    expect(counts.good).toBeGreaterThan(CASES / 8)
    expect(counts.bad).toBeGreaterThan(CASES / 4)
  })
})

function hasOtherEnd({ response }: Awaited<ReturnType<Authenticator['create']>>): boolean {
  const bytes = base64urlBytes(response.attestationObject) ?? new Uint8Array()
  return readCbor(bytes)?.end !== bytes.length
}

type Assertion = Awaited<ReturnType<Authenticator['get']>>

/** BE is compared with that of the registration by us alone. */
function isOfOtherKind({ response }: Assertion, stored: { isBackupEligible: boolean }): boolean {
  const flags = base64urlBytes(response.authenticatorData)?.[32] ?? 0
  return ((flags & FLAGS.eligible) !== 0) !== stored.isBackupEligible
}

/** Bytes after an ECDSA signature are refused by us alone. */
function hasTail({ response }: Assertion, algorithm: AlgorithmName): boolean {
  const bytes = base64urlBytes(response.signature)
  return algorithm === 'ES256' && bytes !== undefined && bytes.length > (bytes[1] ?? 0) + 2
}
