import type { Access } from '../access/permissions.ts'
import { type AssuranceLevel, acrOf, type Method } from '../factors/assurance.ts'
import type { SessionRef, Transport } from '../sessions/session.ts'
import type { JwtClaims } from './jwt.ts'
import type { ClaimSettings } from './settings.ts'

/** `cookie` is what the cookie of a session holds, which is no bearer token. */
export type TokenType = 'access' | 'refresh' | 'cookie'

/** The claims of a verified token that the service uses. */
export type TokenClaims = SessionRef & {
  /** How often the session had been refreshed when the token was issued. */
  generation: number
  /** True for an access token of a session that can only enrol a second factor. */
  mayOnlyEnrol: boolean
}

/** The user and session of tokens. Equal subjects make equal claims. */
export type TokenSubject = {
  user: Access & { id: string; username: string; email: string; isEmailVerified: boolean }
  session: {
    id: string
    transport: Transport
    generation: number
    issuedAt: Date
    expiresAt: Date
    aal: AssuranceLevel
    amr: readonly Method[]
    /** When a factor was proven last. */
    authTime: Date
  }
}

/**
 * The most that `roles` and `permissions` take as JSON. So a token stays below 4 KiB with names of usual length, of the
 * 8 KiB that the strictest proxies take for all headers together, and below `INPUT_LIMITS.tokenCharacters` with the
 * longest.
 */
export const MAX_ACCESS_CHARACTERS = 1_536

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const MAX_GENERATION = 2 ** 31 - 2

/** Derives every claim from the subject, so that issuing twice gives the same claims. */
export function claimsOf(
  { user, session }: TokenSubject,
  type: TokenType,
  settings: ClaimSettings,
): JwtClaims {
  const lifetimeSeconds = {
    access: settings.accessLifetimeSeconds,
    refresh: settings.refreshLifetimeSeconds,
    // As long as the session at most; the row knows the idle limit.
    cookie: Number.POSITIVE_INFINITY,
  }
  const iat = unixSeconds(session.issuedAt)
  return {
    iss: settings.issuer,
    aud: settings.audience,
    sub: user.id,
    user_id: user.id,
    // No cookie carries personal data with each request.
    ...(type !== 'cookie' && { username: user.username, email: user.email }),
    // For services that verify access tokens; nobody else reads refresh tokens.
    ...(type === 'access' && {
      email_verified: user.isEmailVerified,
      // RFC 9470 section 6.
      acr: acrOf(session.aal),
      amr: session.amr,
      auth_time: unixSeconds(session.authTime),
      ...accessClaims(user),
    }),
    token_type: type,
    sid: session.id,
    gen: session.generation,
    jti: jtiOf(session, type, iat),
    iat,
    exp: Math.min(iat + lifetimeSeconds[type], unixSeconds(session.expiresAt)),
  }
}

/** A cookie is exchanged for many access tokens of one generation, which differ by their time. */
function jtiOf(
  { id, generation, transport }: TokenSubject['session'],
  type: TokenType,
  iat: number,
) {
  const jti = `${id}.${generation}.${type}`
  return transport === 'cookie' && type === 'access' ? `${jti}.${iat}` : jti
}

/**
 * Permissions that are too long are left out as a whole. Some of them would look like all. The roles alone are never too
 * long, and the service itself reads neither from a token.
 */
function accessClaims({ roles, permissions }: Access) {
  const both = { roles, permissions }
  return JSON.stringify(both).length > MAX_ACCESS_CHARACTERS ? { roles } : both
}

/** Reads the session and user from verified claims. Returns undefined for another shape or another kind of token. */
export function parseClaims(
  { sub, user_id, sid, gen, token_type, acr }: JwtClaims,
  type: TokenType,
): TokenClaims | undefined {
  const isOurs =
    token_type === type && isUuid(sub) && sub === user_id && isUuid(sid) && isGeneration(gen)
  if (!isOurs) return undefined
  return { userId: sub, sessionId: sid, generation: gen, mayOnlyEnrol: acr === acrOf(0) }
}

/** True for a UUID in the database's own spelling. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value)
}

function isGeneration(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_GENERATION
}

/** Returns a date as a NumericDate (RFC 7519 section 2). */
export function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
