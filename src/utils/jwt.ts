import type { Algorithm } from './algorithms.ts'
import { base64url, base64urlBytes, base64urlText } from './base64.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** A key that is bound to one algorithm; `sign` is absent where it only verifies. */
export type JwtKey = {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly sign?: (data: Bytes) => Bytes | Promise<Bytes>
  readonly verify: (data: Bytes, signature: Bytes) => boolean | Promise<boolean>
}

/** The keys of one purpose: `current` signs, all in `byKid` verify. */
export type KeyRing = { readonly current: JwtKey; readonly byKid: ReadonlyMap<string, JwtKey> }

export type JwtClaims = Record<string, unknown> & {
  iss: string
  aud: string
  sub: string
  jti: string
  iat: number
  exp: number
}

export type JwtExpectations = {
  typ: string
  issuer: string
  audience: string
  nowSeconds: number
}

export type JwtVerdict =
  | { ok: true; claims: JwtClaims }
  | { ok: false; reason: 'invalid' | 'expired' }

/** ASVS 9.1: nobody's token of ours is longer. */
export const MAX_TOKEN_CHARACTERS = 8192
/** How far another server's clock may run ahead of this one (ASVS 9.2.1 allows up to a minute). */
const IAT_LEEWAY_SECONDS = 60

const INVALID: JwtVerdict = { ok: false, reason: 'invalid' }
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Signs the claims as a compact JWS (RFC 7515 section 7.1) with the ring's current key. */
export async function signJwt(claims: JwtClaims, typ: string, ring: KeyRing): Promise<string> {
  const { algorithm, kid, sign } = ring.current
  if (!sign) throw new Error('the current key cannot sign')
  const header = base64urlText(JSON.stringify({ alg: algorithm, typ, kid }))
  const input = `${header}.${base64urlText(JSON.stringify(claims))}`
  return `${input}.${base64url(await sign(encoder.encode(input)))}`
}

/**
 * Verifies signature first, then type, issuer, audience and time; every claim is mandatory and typed.
 * The key is chosen by `kid` from the ring alone and brings its algorithm: nothing in the token chooses either.
 */
export async function verifyJwt(
  token: string,
  ring: KeyRing,
  expected: JwtExpectations,
): Promise<JwtVerdict> {
  if (token.length > MAX_TOKEN_CHARACTERS) return INVALID
  const parts = token.split('.')
  const [protectedHeader, payload, signature] = parts
  if (parts.length !== 3 || !protectedHeader || !payload || !signature) return INVALID

  const key = acceptedKey(parseObject(protectedHeader), ring, expected.typ)
  const signatureBytes = base64urlBytes(signature)
  if (!key || !signatureBytes) return INVALID
  const input = encoder.encode(`${protectedHeader}.${payload}`)
  if (!(await key.verify(input, signatureBytes))) return INVALID

  const claims = parseObject(payload)
  if (!claims || !isComplete(claims) || !isExpected(claims, expected)) return INVALID
  return claims.exp > expected.nowSeconds ? { ok: true, claims } : { ok: false, reason: 'expired' }
}

/** RFC 8725 section 3.1 and 3.11: algorithm and type are ours to name; `crit` (RFC 7515 section 4.1.11) names nothing we know. */
function acceptedKey(
  header: Record<string, unknown> | undefined,
  ring: KeyRing,
  typ: string,
): JwtKey | undefined {
  if (!header || header.typ !== typ || 'crit' in header || 'b64' in header) return undefined
  const key = typeof header.kid === 'string' ? ring.byKid.get(header.kid) : undefined
  return key && header.alg === key.algorithm ? key : undefined
}

function parseObject(part: string): Record<string, unknown> | undefined {
  const bytes = base64urlBytes(part)
  if (!bytes) return undefined
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isComplete(claims: Record<string, unknown>): claims is JwtClaims {
  const texts = [claims.iss, claims.aud, claims.sub, claims.jti]
  const times = [claims.iat, claims.exp]
  return (
    texts.every((value) => typeof value === 'string' && value !== '') &&
    times.every((value) => Number.isSafeInteger(value)) &&
    (claims.nbf === undefined || Number.isSafeInteger(claims.nbf))
  )
}

function isExpected(claims: JwtClaims, expected: JwtExpectations): boolean {
  const horizon = expected.nowSeconds + IAT_LEEWAY_SECONDS
  return (
    claims.iss === expected.issuer &&
    claims.aud === expected.audience &&
    claims.iat <= horizon &&
    claims.exp > claims.iat &&
    (claims.nbf === undefined || Number(claims.nbf) <= horizon)
  )
}
