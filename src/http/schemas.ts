import { z } from '@hono/zod-openapi'
import type { TokenPair } from '../deps.ts'
import { documented } from './documented.ts'
import { Id, Instant } from './fields.ts'

/** What the API shows of a user: never a secret, never a canonical key. */
export const User = z
  .object({
    id: Id,
    username: documented(z.string(), { example: 'ada.lovelace' }),
    email: documented(z.string(), { example: 'ada@example.org' }),
    created_at: Instant,
  })
  .openapi('User')

type Account = { id: string; username: string; email: string; createdAt: Date }

/** The wire form of an account. */
export function userResponse({ id, username, email, createdAt }: Account): z.input<typeof User> {
  return { id, username, email, created_at: createdAt.toISOString() }
}

const Token = documented(z.string(), {
  example: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTk3In0.c2lnbmF0dXJl',
})

export const TokenResponse = z
  .object({
    access_token: Token,
    refresh_token: Token,
    token_type: documented(z.literal('bearer'), { example: 'bearer' }),
    expires_in: documented(z.int(), {
      example: 86_400,
      description: 'Seconds until the access token expires.',
    }),
  })
  .openapi('TokenResponse')

/** The wire form of a token pair (RFC 6749 section 5.1). */
export function tokenResponse(pair: TokenPair): z.input<typeof TokenResponse> {
  return {
    access_token: pair.accessToken,
    refresh_token: pair.refreshToken,
    token_type: 'bearer',
    expires_in: pair.expiresInSeconds,
  }
}
