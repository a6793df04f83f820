import type { Context } from 'hono'
import { type Actor, authenticate, authenticateToEnrol } from '../core/sessions/authenticate.ts'
import type { TokenClaims, TokenType } from '../core/tokens/claims.ts'
import { verifyToken } from '../core/tokens/verify.ts'
import { AppError } from '../errors.ts'
import type { AppEnv } from '../http/context.ts'
import type { Guard } from './guards.ts'

/** RFC 6750 section 2.1. The scheme is case-insensitive (RFC 9110 section 11.1). */
const BEARER = /^bearer +([\w.~+/-]+=*) *$/i

/** The problems of a request that an access token must come with. */
export const TOKEN_PROBLEMS = [
  'token_missing',
  'token_invalid',
  'token_expired',
  'service_unavailable',
  'mfa_enrollment_required',
] as const

/**
 * Requires a verified token of this kind and puts its claims into `c.get('claims')`. This saves a round trip: the
 * statement that acts must itself check that the session is live. Unless a route `admitsEnrolling` it refuses sessions that can
 * only enrol a second factor.
 */
function bearerToken(
  type: TokenType,
  { admitsEnrolling = false } = {},
): Guard<{ claims: TokenClaims }> {
  return {
    async middleware(c, next) {
      const claims = await claimsFrom(c, type)
      if (claims.mayOnlyEnrol && !admitsEnrolling) throw new AppError('mfa_enrollment_required')
      c.set('claims', claims)
      await next()
    },
    problems: TOKEN_PROBLEMS,
    security: `${type}_token`,
  }
}

export const accessToken = bearerToken('access')
export const refreshToken = bearerToken('refresh')

/** For what is open to every session: to end it. */
export const anyAccessToken = bearerToken('access', { admitsEnrolling: true })

/**
 * Requires an access token of a session that is live, even if it can only enrol a second factor. Puts the user into
 * `c.get('actor')`.
 */
export const enrollingUser: Guard<{ actor: Actor }> = {
  async middleware(c, next) {
    c.set('actor', await authenticateToEnrol(c.get('deps'), await claimsFrom(c, 'access')))
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

/** Returns whom the access token of a request speaks for, at the cost of one round trip. */
export async function callerOf<Env extends AppEnv>(c: Context<Env>): Promise<Actor> {
  return authenticate(c.get('deps'), await claimsFrom(c, 'access'))
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
