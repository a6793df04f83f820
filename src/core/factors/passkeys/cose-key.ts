import { base64url } from '../../../utils/base64.ts'
import { type Cbor, type CborMap, cborMap } from './cbor.ts'
import { rawEcdsa } from './der.ts'

/** The algorithms of COSE that passkeys may use, those first that are preferred (RFC 9053, RFC 8812). */
export const ALGORITHMS = { EdDSA: -8, ES256: -7, RS256: -257 } as const

type Bytes = Uint8Array<ArrayBuffer>

/** Says whether a signature over data is by this key. */
export type Verify = (signature: Bytes, data: Bytes) => Promise<boolean>

/** The names of members of a COSE key. Below 0 each kind of key has its own. */
const KTY = 1
const ALG = 3

type Kind = {
  alg: number
  kty: number
  /** The members that are numbers, and their values. */
  fixed: Readonly<Record<number, number>>
  /** The members that are bytes, by their names in a JWK, and how many there may be. */
  bytes: Readonly<Record<string, { label: number; min: number; max: number }>>
  jwk: JsonWebKey
  algorithm: { name: string; namedCurve?: string; hash?: string }
  /** The form of a signature that WebCrypto takes. */
  form?: (signature: Bytes) => Bytes | undefined
}

const KINDS: readonly Kind[] = [
  {
    ...{ alg: ALGORITHMS.ES256, kty: 2, fixed: { [-1]: 1 } },
    bytes: { x: { label: -2, min: 32, max: 32 }, y: { label: -3, min: 32, max: 32 } },
    jwk: { kty: 'EC', crv: 'P-256' },
    algorithm: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
    form: rawEcdsa,
  },
  {
    ...{ alg: ALGORITHMS.EdDSA, kty: 1, fixed: { [-1]: 6 } },
    bytes: { x: { label: -2, min: 32, max: 32 } },
    jwk: { kty: 'OKP', crv: 'Ed25519' },
    algorithm: { name: 'Ed25519' },
  },
  {
    ...{ alg: ALGORITHMS.RS256, kty: 3, fixed: {} },
    // From 2,048 bits to 4,096.
    bytes: { n: { label: -1, min: 256, max: 512 }, e: { label: -2, min: 1, max: 4 } },
    jwk: { kty: 'RSA' },
    algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  },
]

/** Returns the algorithm of a COSE key and what verifies by it, or undefined for a key that passkeys cannot have. */
export async function importCoseKey(
  bytes: Bytes,
): Promise<{ alg: number; verify: Verify } | undefined> {
  const key = cborMap(bytes)
  const kind = KINDS.find(({ alg, kty }) => key?.get(ALG) === alg && key.get(KTY) === kty)
  const jwk = key && kind && jwkOf(key, kind)
  if (!jwk) return undefined
  const { alg, algorithm, form = (signature: Bytes) => signature } = kind
  const imported = await crypto.subtle
    .importKey('jwk', jwk, algorithm, false, ['verify'])
    .catch(() => undefined)
  if (!imported) return undefined
  return {
    alg,
    async verify(signature, data) {
      const formed = form(signature)
      if (formed === undefined) return false
      // Some runtimes throw where a signature is not even the form of one, such as of numbers beyond the curve.
      return crypto.subtle.verify(algorithm, imported, formed, data).catch(() => false)
    },
  }
}

function jwkOf(key: CborMap, { fixed, bytes, jwk }: Kind): JsonWebKey | undefined {
  if (Object.entries(fixed).some(([label, value]) => key.get(Number(label)) !== value))
    return undefined
  const members: Record<string, string> = {}
  for (const [name, { label, min, max }] of Object.entries(bytes)) {
    const value: Cbor | undefined = key.get(label)
    if (!(value instanceof Uint8Array) || value.length < min || value.length > max) return undefined
    members[name] = base64url(value)
  }
  return { ...jwk, ...members }
}
