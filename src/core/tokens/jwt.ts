import { base64urlAscii, base64urlText } from '../../utils/base64.ts'
import { INPUT_LIMITS } from '../../utils/input-limits.ts'
import type { Algorithm } from './algorithms.ts'

/** A key bound to one algorithm. The input is ASCII. Signatures are unpadded base64url in canonical form. */
export type JwtKey = {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly sign: (input: string) => string | Promise<string>
  readonly verify: (input: string, signature: string) => boolean | Promise<boolean>
}

/**
 * The keys of one kind of token. A token's header must equal, character for character, a header that this ring writes.
 * So a token cannot choose its key, algorithm or type, and no header is parsed (RFC 8725 sections 3.1, 3.2, 3.11).
 */
export type KeyRing = {
  readonly signing: { readonly header: string; readonly key: JwtKey }
  readonly byHeader: ReadonlyMap<string, JwtKey>
}

export type JwtClaims = Record<string, unknown> & {
  iss: string
  aud: string
  sub: string
  jti: string
  iat: number
  exp: number
}

export type JwtExpectations = { issuer: string; audience: string; nowSeconds: number }

export type JwtVerdict =
  | { ok: true; claims: JwtClaims }
  /** `early`: issued in the future, by the verifier's clock. */
  | { ok: false; reason: 'invalid' | 'expired' | 'early' }

/** How far another server's clock may be ahead of this one (ASVS 9.2.1 allows up to a minute). */
const IAT_LEEWAY_SECONDS = 60

const INVALID: JwtVerdict = { ok: false, reason: 'invalid' }

/** Makes the key ring of one token type (`typ`, RFC 7515 section 4.1.9). The first key signs, and all keys verify. */
export function keyRing(typ: string, keys: readonly [JwtKey, ...JwtKey[]]): KeyRing {
  const headerOf = ({ algorithm, kid }: JwtKey) =>
    base64urlText(JSON.stringify({ alg: algorithm, typ, kid }))
  return {
    signing: { header: headerOf(keys[0]), key: keys[0] },
    byHeader: new Map(keys.map((key) => [headerOf(key), key])),
  }
}

/** Signs the claims as a compact JWS (RFC 7515 section 7.1). */
export async function signJwt(claims: JwtClaims, { signing }: KeyRing): Promise<string> {
  const input = `${signing.header}.${base64urlText(JSON.stringify(claims))}`
  return `${input}.${await signing.key.sign(input)}`
}

/**
 * Verifies the signature first, then issuer, audience and times. All claims but `nbf` are required, and all are
 * type-checked.
 */
export async function verifyJwt(
  token: string,
  ring: KeyRing,
  expected: JwtExpectations,
): Promise<JwtVerdict> {
  const claims = await genuineClaims(token, ring)
  if (!claims || !isExpected(claims, expected)) return INVALID
  if (isEarly(claims, expected.nowSeconds)) return { ok: false, reason: 'early' }
  return claims.exp > expected.nowSeconds ? { ok: true, claims } : { ok: false, reason: 'expired' }
}

async function genuineClaims(token: string, ring: KeyRing): Promise<JwtClaims | undefined> {
  // The service issues no longer token, so it reads no longer one.
  if (token.length > INPUT_LIMITS.tokenCharacters) return undefined
  const payloadAt = token.indexOf('.') + 1
  const signatureAt = token.lastIndexOf('.') + 1
  const key = ring.byHeader.get(token.slice(0, Math.max(0, payloadAt - 1)))
  if (!key || signatureAt <= payloadAt) return undefined
  const isGenuine = await key.verify(token.slice(0, signatureAt - 1), token.slice(signatureAt))
  return isGenuine ? readPayload(token.slice(payloadAt, signatureAt - 1)) : undefined
}

function readPayload(payload: string): JwtClaims | undefined {
  try {
    const claims: unknown = JSON.parse(base64urlAscii(payload))
    return isObject(claims) && isComplete(claims) ? claims : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isComplete(claims: Record<string, unknown>): claims is JwtClaims {
  const { iss, aud, sub, jti, iat, exp, nbf } = claims
  return (
    isText(iss) &&
    isText(aud) &&
    isText(sub) &&
    isText(jti) &&
    Number.isSafeInteger(iat) &&
    Number.isSafeInteger(exp) &&
    (nbf === undefined || Number.isSafeInteger(nbf))
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isExpected(claims: JwtClaims, expected: JwtExpectations): boolean {
  return (
    claims.iss === expected.issuer && claims.aud === expected.audience && claims.exp > claims.iat
  )
}

function isEarly({ iat, nbf }: JwtClaims, nowSeconds: number): boolean {
  const horizon = nowSeconds + IAT_LEEWAY_SECONDS
  return iat > horizon || (nbf !== undefined && Number(nbf) > horizon)
}
