import type { Context } from 'hono'
import {
  type Actor,
  authenticateToEnrol,
  refuseEnrolling,
  sessionOf,
} from '../core/sessions/authenticate.ts'
import type { SessionRef } from '../core/sessions/session.ts'
import type { TokenClaims, TokenType } from '../core/tokens/claims.ts'
import type { AccessToken, SessionTokens } from '../core/tokens/tokens.ts'
import { verifyToken } from '../core/tokens/verify.ts'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import type { Guard } from './guards.ts'
import { sessionCookieOf } from './session-cookie.ts'

/** RFC 6750 section 2.1. The scheme is case-insensitive (RFC 9110 section 11.1). */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i

/** The problems of a request that an access token or the cookie of a session must come with. */
export const TOKEN_PROBLEMS = [
  'token_missing',
  'csrf_refused',
  'token_invalid',
  'token_expired',
  'service_unavailable',
  'mfa_enrollment_required',
] as const

const BEARER_PROBLEMS = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'service_unavailable',
] as const

/** What a cookie needs is loaded with the first, so that no start pays for it. */
const cookieCaller = () => import('./cookie-caller.ts')

/**
 * Requires a verified access token and puts its claims into `c.get('claims')`. This saves a round trip: the statement
 * that acts must itself check that the session is live. Refuses sessions that can only enrol a second factor. A cookie's
 * session is read, for the token of a cookie is not checked by what acts.
 */
export const accessToken: Guard<{ claims: SessionRef }> = {
  async middleware(c, next) {
    const cookie = sessionCookieOf(c)
    if (cookie === undefined) {
      const claims = await claimsFrom(c, 'access')
      if (claims.mayOnlyEnrol) throw new AppError('mfa_enrollment_required')
      c.set('claims', claims)
    } else c.set('claims', sessionOf(await callerOf(c)))
    await next()
  },
  problems: TOKEN_PROBLEMS,
  security: 'access_token',
}

/** For what is open to every session, even one that has ended: to end it. */
export const anyAccessToken: Guard<{ claims: SessionRef }> = {
  async middleware(c, next) {
    const cookie = sessionCookieOf(c)
    c.set(
      'claims',
      cookie === undefined
        ? await claimsFrom(c, 'access')
        : await (await cookieCaller()).claimsOfCookie(c, cookie),
    )
    await next()
  },
  problems: TOKEN_PROBLEMS,
  security: 'access_token',
}

/** Requires the cookie of a session, and nothing else, and puts an access token of it into `c.get('accessToken')`. */
export const sessionCookie: Guard<{ accessToken: AccessToken | SessionTokens }> = {
  async middleware(c, next) {
    const cookie = sessionCookieOf(c)
    if (cookie === undefined) {
      throw new AppError(c.req.header('authorization') ? 'token_invalid' : 'token_missing')
    }
    c.set('accessToken', await (await cookieCaller()).accessTokenOfCookie(c, cookie))
    await next()
  },
  problems: ['csrf_refused', ...BEARER_PROBLEMS],
  security: 'session_cookie',
}

/** Requires a refresh token, which is a bearer token alone, and puts its claims into `c.get('claims')`. */
export const refreshToken: Guard<{ claims: TokenClaims }> = {
  async middleware(c, next) {
    c.set('claims', await claimsFrom(c, 'refresh'))
    await next()
  },
  problems: BEARER_PROBLEMS,
  security: 'refresh_token',
}

/**
 * Requires an access token of a session that is live, even if it can only enrol a second factor. Puts the user into
 * `c.get('actor')`.
 */
export const enrollingUser: Guard<{ actor: Actor }> = {
  async middleware(c, next) {
    c.set('actor', await enrollingCallerOf(c))
    await next()
  },
  problems: TOKEN_PROBLEMS,
  security: 'access_token',
}

/**
 * Requires an access token whose session is live, at the cost of one round trip. Puts the user into `c.get('actor')`.
 */
export const currentUser: Guard<{ actor: Actor }> = {
  async middleware(c, next) {
    c.set('actor', await callerOf(c))
    await next()
  },
  problems: TOKEN_PROBLEMS,
  security: 'access_token',
}

/** Returns whom the access token or the cookie of a request speaks for, at the cost of one round trip. */
export async function callerOf<Env extends AppEnv>(c: Context<Env>): Promise<Actor> {
  const actor = await enrollingCallerOf(c)
  refuseEnrolling(c.get('deps'), actor)
  return actor
}

async function enrollingCallerOf<Env extends AppEnv>(c: Context<Env>): Promise<Actor> {
  const cookie = sessionCookieOf(c)
  if (cookie !== undefined) return (await cookieCaller()).actorOfCookie(c, cookie)
  return authenticateToEnrol(c.get('deps'), await claimsFrom(c, 'access'))
}

async function claimsFrom<Env extends AppEnv>(
  c: Context<Env>,
  type: TokenType,
): Promise<TokenClaims> {
  const authorization = c.req.header('authorization')
  if (!authorization) throw new AppError('token_missing')
  const token = BEARER.exec(authorization)?.[1]
  if (!token) throw new AppError('token_invalid')
  return verifyToken(c.get('deps'), token, type)
}
