import { base64url, base64urlBytes } from '../../src/utils/base64.ts'
import { type Encodable, encodeCbor } from './cbor.ts'

type Bytes = Uint8Array<ArrayBuffer>

export const FLAGS = { present: 1, verified: 4, eligible: 8, backedUp: 16, credential: 64 } as const

/** What a ceremony is about, and what may be made wrong about it. */
export type Ceremony = {
  challenge: string
  origin?: string
  rpId?: string
  flags?: number
  type?: string
  crossOrigin?: boolean
  counter?: number
  userHandle?: string | undefined
}

const utf8 = new TextEncoder()
const ALGORITHMS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: {
    ...{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048 },
    publicExponent: new Uint8Array([1, 0, 1]),
  },
} as const
export type AlgorithmName = keyof typeof ALGORITHMS

/** A key pair that a software authenticator may use for several credentials, for RSA keys are slow to make. */
export async function makeKeys(name: AlgorithmName): Promise<CryptoKeyPair> {
  const made = await crypto.subtle.generateKey(ALGORITHMS[name], true, ['sign', 'verify'])
  return made as CryptoKeyPair
}

/** An authenticator in software with one credential. Bound to its device unless it is told otherwise. */
export async function createAuthenticator({
  algorithm = 'ES256',
  keys,
  ...options
}: {
  algorithm?: AlgorithmName
  keys?: CryptoKeyPair
  isSynced?: boolean
  counter?: number
} = {}) {
  const pair = keys ?? (await makeKeys(algorithm))
  const publicKey = await coseKey(algorithm, pair.publicKey)
  const id = crypto.getRandomValues(new Uint8Array(32))
  const credentialId = base64url(id)
  const base =
    FLAGS.present | FLAGS.verified | (options.isSynced ? FLAGS.eligible | FLAGS.backedUp : 0)
  let counter = options.counter ?? (options.isSynced ? 0 : 1)
  const origin = 'http://localhost:8000'

  return {
    ...{ credentialId, publicKey },
    /** Answers creation options. */
    async create(ceremony: Ceremony) {
      const flags = (ceremony.flags ?? base) | FLAGS.credential
      const attested = [...new Uint8Array(16), id.length >> 8, id.length & 255, ...id, ...publicKey]
      const data = await authenticatorData({
        ...ceremony,
        flags,
        counter: ceremony.counter ?? counter,
      })
      const authData = new Uint8Array([...data, ...attested])
      const object = new Map<string, Encodable>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ])
      return {
        ...{ id: credentialId, rawId: credentialId, type: 'public-key' as const },
        response: {
          clientDataJSON: clientData('webauthn.create', { origin, ...ceremony }),
          attestationObject: base64url(new Uint8Array(encodeCbor(object))),
          transports: ['internal'],
        },
        clientExtensionResults: {},
      }
    },
    /** Answers request options. */
    async get(ceremony: Ceremony) {
      if (counter > 0) counter++
      const data = await authenticatorData({
        ...ceremony,
        ...{ flags: ceremony.flags ?? base, counter: ceremony.counter ?? counter },
      })
      const clientDataJSON = clientData('webauthn.get', { origin, ...ceremony })
      const hash = await crypto.subtle.digest('SHA-256', base64urlBytes(clientDataJSON) ?? data)
      const signed = new Uint8Array([...data, ...new Uint8Array(hash)])
      const raw = new Uint8Array(
        await crypto.subtle.sign(ALGORITHMS[algorithm], pair.privateKey, signed),
      )
      return {
        ...{ id: credentialId, rawId: credentialId, type: 'public-key' as const },
        response: {
          clientDataJSON,
          authenticatorData: base64url(data),
          signature: base64url(algorithm === 'ES256' ? derOf(raw) : raw),
          ...(ceremony.userHandle !== undefined && { userHandle: ceremony.userHandle }),
        },
        clientExtensionResults: {},
      }
    },
  }
}

export type Authenticator = Awaited<ReturnType<typeof createAuthenticator>>

async function authenticatorData({
  rpId = 'localhost',
  flags = 0,
  counter = 0,
}: Ceremony): Promise<Bytes> {
  const hash = await crypto.subtle.digest('SHA-256', utf8.encode(rpId))
  const tail = new DataView(new ArrayBuffer(5))
  tail.setUint8(0, flags)
  tail.setUint32(1, counter)
  return new Uint8Array([...new Uint8Array(hash), ...new Uint8Array(tail.buffer)])
}

function clientData(
  type: string,
  { challenge, origin, crossOrigin = false, type: wanted = type }: Ceremony,
): string {
  const json = JSON.stringify({ type: wanted, challenge, origin, crossOrigin })
  return base64url(utf8.encode(json))
}

async function coseKey(algorithm: AlgorithmName, key: CryptoKey): Promise<Bytes> {
  const jwk = await crypto.subtle.exportKey('jwk', key)
  const bytes = (text: string | undefined) => base64urlBytes(text ?? '') ?? new Uint8Array()
  const members = {
    ES256: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(jwk.x)],
      [-3, bytes(jwk.y)],
    ],
    EdDSA: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(jwk.x)],
    ],
    RS256: [
      [1, 3],
      [3, -257],
      [-1, bytes(jwk.n)],
      [-2, bytes(jwk.e)],
    ],
  } satisfies Record<AlgorithmName, [number, Encodable][]>
  return new Uint8Array(encodeCbor(new Map(members[algorithm] as [number, Encodable][])))
}

/** An ECDSA signature as authenticators write it, of what WebCrypto makes. */
export function derOf(raw: Bytes): Bytes {
  const body = [raw.subarray(0, 32), raw.subarray(32)].flatMap((half) => {
    const at = half.findIndex((byte) => byte !== 0)
    const digits = [...half.subarray(at === -1 ? 31 : at)]
    const number = (digits[0] ?? 0) >= 0x80 ? [0, ...digits] : digits
    return [2, number.length, ...number]
  })
  return new Uint8Array([0x30, body.length, ...body])
}
