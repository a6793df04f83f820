import { z } from '@hono/zod-openapi'
import type { TokenPair } from '../core/tokens/tokens.ts'
import { once } from '../utils/once.ts'
import { documented } from './documented.ts'
import { EXAMPLE_PERSON } from './examples.ts'

/** The wire form of an answer's schema. Schemas are built on first use, because most isolates need few of them. */
export type WireForm<Schema extends () => z.ZodType> = z.input<ReturnType<Schema>>

const ID = { format: 'uuid', example: '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071' }

/** An id in an answer. Its format is documented, not checked. */
export function id(description?: string) {
  return documented(z.string(), { ...ID, description })
}

/**
 * The parameter of a path that ends in an id. Upper case is the same id (RFC 9562 section 4). What is none belongs to
 * nothing: the route answers `not_found` as for an unknown one.
 */
export const IdPath = z.object({
  id: z
    .string()
    .toLowerCase()
    .openapi({ param: { name: 'id', in: 'path' }, ...ID }),
})

/** An instant in an answer, as `Date.toISOString` writes it. Its format is documented, not checked. */
export function instantField(description?: string) {
  const example = '2026-01-31T12:00:00.000Z'
  return documented(z.string(), { format: 'date-time', example, description })
}

/** The public fields of a user, without secrets and canonical keys. */
export const User = once(() =>
  z
    .object({
      id: id(),
      username: documented(z.string(), { example: EXAMPLE_PERSON.username }),
      email: documented(z.string(), { example: EXAMPLE_PERSON.email }),
      created_at: instantField(),
    })
    .openapi('User'),
)

type Account = { id: string; username: string; email: string; createdAt: Date }

/** The wire form of an account. */
export function userResponse({ id, username, email, createdAt }: Account): WireForm<typeof User> {
  return { id, username, email, created_at: createdAt.toISOString() }
}

export const TokenResponse = once(() => {
  const token = documented(z.string(), {
    example: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTk3In0.c2lnbmF0dXJl',
  })
  return z
    .object({
      access_token: token,
      refresh_token: token,
      token_type: documented(z.literal('bearer'), { example: 'bearer' }),
      expires_in: documented(z.int(), {
        example: 86_400,
        description: 'Seconds until the access token expires.',
      }),
    })
    .openapi('TokenResponse')
})

/** The wire form of a token pair (RFC 6749 section 5.1). */
export function tokenResponse(pair: TokenPair): WireForm<typeof TokenResponse> {
  return {
    access_token: pair.accessToken,
    refresh_token: pair.refreshToken,
    token_type: 'bearer',
    expires_in: pair.expiresInSeconds,
  }
}
