import type { JwtClaims } from './jwt.ts'
import type { ClaimSettings } from './settings.ts'

export type TokenType = 'access' | 'refresh'

/** The handle of a session, as a genuine token names it; the row decides what that is worth. */
export type SessionRef = { userId: string; sessionId: string }

/** What a genuine token of ours says of itself. */
export type TokenClaims = SessionRef & {
  /** How often the session had been refreshed when the token was issued. */
  generation: number
}

/** Whom a pair of tokens speaks for, and in which session. The same subject makes the same tokens. */
export type TokenSubject = {
  user: { id: string; username: string; email: string }
  session: { id: string; generation: number; issuedAt: Date; expiresAt: Date }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const MAX_GENERATION = 2 ** 31 - 2

/** Everything in a token follows from its subject, so that issuing twice gives one token, not two. */
export function claimsOf(
  { user, session }: TokenSubject,
  type: TokenType,
  settings: ClaimSettings,
): JwtClaims {
  const lifetimeSeconds = {
    access: settings.accessLifetimeSeconds,
    refresh: settings.refreshLifetimeSeconds,
  }
  const iat = unixSeconds(session.issuedAt)
  return {
    iss: settings.issuer,
    aud: settings.audience,
    sub: user.id,
    user_id: user.id,
    username: user.username,
    email: user.email,
    token_type: type,
    sid: session.id,
    gen: session.generation,
    jti: `${session.id}.${session.generation}.${type}`,
    iat,
    exp: Math.min(iat + lifetimeSeconds[type], unixSeconds(session.expiresAt)),
  }
}

/** Reads the session's handle from verified claims; nothing where they are of another shape, or of another kind of token. */
export function parseClaims(
  { sub, user_id, sid, gen, token_type }: JwtClaims,
  type: TokenType,
): TokenClaims | undefined {
  const isOurs =
    token_type === type && isUuid(sub) && sub === user_id && isUuid(sid) && isGeneration(gen)
  return isOurs ? { userId: sub, sessionId: sid, generation: gen } : undefined
}

/** True for an id in the one spelling that the database gives it. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value)
}

function isGeneration(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_GENERATION
}

/** A date as JWTs have it (RFC 7519 section 2, NumericDate). */
export function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
