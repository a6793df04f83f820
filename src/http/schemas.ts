import { z } from '@hono/zod-openapi'
import type { Account } from '../core/accounts/account.ts'
import { MAX_ACCESS_CHARACTERS } from '../core/tokens/claims.ts'
import type { AccessToken } from '../core/tokens/tokens.ts'
import { once } from '../utils/once.ts'
import { isJsonObject } from '../utils/storable.ts'
import { documented } from './documented.ts'
import { EXAMPLE_PERSON, EXAMPLE_ROLE } from './examples.ts'

/** The wire form of an answer's schema. Schemas are built on first use, because most isolates need few of them. */
export type WireForm<Schema extends () => z.ZodType> = z.input<ReturnType<Schema>>

const ID = { format: 'uuid', example: '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071' }

/** An id in an answer. Its format is documented, not checked. */
export function id(description?: string) {
  return documented(z.string(), { ...ID, description })
}

/**
 * An id in a path. Upper case is the same id (RFC 9562 section 4). What is none belongs to nothing: the route answers
 * `not_found` as for an unknown one.
 */
export function uuidInPath(name: string) {
  return z
    .string()
    .toLowerCase()
    .openapi({ param: { name, in: 'path' }, ...ID })
}

/** The name of a role in a path. What is none belongs to nothing, too. */
export function roleInPath(name: string) {
  return z.string().openapi({ param: { name, in: 'path' }, example: EXAMPLE_ROLE })
}

/** The parameter of a path that has one id. */
export const IdPath = z.object({ id: uuidInPath('id') })

/** An instant in an answer, as `Date.toISOString` writes it. Its format is documented, not checked. */
export function instantField(description?: string) {
  const example = '2026-01-31T12:00:00.000Z'
  return documented(z.string(), { format: 'date-time', example, description })
}

/** A text in an answer, or null where there is none. */
export function textOrNull(example: string, description?: string) {
  return documented(z.string().nullable(), { example, description })
}

// biome-ignore lint/suspicious/noExplicitAny: it is the application's, and any JSON.
export type JsonData = Record<string, any>

/** An object of JSON in an answer, whatever is in it. Not a record, for that loses a member `__proto__`. */
export function jsonField(description: string) {
  const object: z.ZodType<JsonData, JsonData> = z.any().refine(isJsonObject)
  return documented(object, {
    type: 'object',
    additionalProperties: true,
    example: {},
    description,
  })
}

/** The public fields of a user, without secrets and canonical keys. */
export const User = once(() =>
  z
    .object({
      id: id(),
      username: documented(z.string(), { example: EXAMPLE_PERSON.username }),
      email: documented(z.string(), { example: EXAMPLE_PERSON.email }),
      email_verified: documented(z.boolean(), {
        example: false,
        description: 'True once a link that was mailed to this email was followed.',
      }),
      created_at: instantField(),
      display_name: textOrNull('Ada Lovelace'),
      locale: textOrNull('en-GB', 'A language tag (BCP 47).'),
      avatar_url: textOrNull('https://example.org/ada.png'),
      user_data: jsonField('What the user keeps here for the application.'),
      app_data: jsonField('What the application keeps here about the user, who only reads it.'),
      roles: documented(z.array(z.string()), { example: ['user'] }),
      permissions: documented(z.array(z.string()), {
        example: ['posts:write'],
        description:
          "What the roles permit together. Those that begin with `auth:` are the service's own, all others the application's.",
      }),
    })
    .openapi('User'),
)

/** The wire form of an account. */
export function userResponse({
  id,
  username,
  email,
  isEmailVerified,
  createdAt,
  ...account
}: Account): WireForm<typeof User> {
  return {
    ...{ id, username, email },
    email_verified: isEmailVerified,
    created_at: createdAt.toISOString(),
    display_name: account.displayName,
    locale: account.locale,
    avatar_url: account.avatarUrl,
    user_data: account.userData,
    app_data: account.appData,
    roles: [...account.roles],
    permissions: [...account.permissions],
  }
}

export const TokenResponse = once(() => {
  const example = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTk3In0.c2lnbmF0dXJl'
  return z
    .object({
      access_token: documented(z.string(), {
        example,
        description: `A JWT with \`roles\` and \`permissions\` among its claims. Where both take more than ${MAX_ACCESS_CHARACTERS} characters of JSON it has no \`permissions\`: \`GET /auth/me\` has them.`,
      }),
      refresh_token: documented(z.string().optional(), {
        example,
        description: 'Missing where a cookie carries the session.',
      }),
      token_type: documented(z.literal('bearer'), { example: 'bearer' }),
      expires_in: documented(z.int(), {
        example: 86_400,
        description: 'Seconds until the access token expires.',
      }),
      password_breached: documented(z.boolean().optional(), {
        example: true,
        description:
          'True after a log-in whose password is known from a data breach, where the service looks that up; missing otherwise.',
      }),
    })
    .openapi('TokenResponse')
})

/** The wire form of an access token, and of the refresh token where there is one (RFC 6749 section 5.1). */
export function tokenResponse(
  tokens: AccessToken & { refreshToken?: string },
): WireForm<typeof TokenResponse> {
  return {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    token_type: 'bearer',
    expires_in: tokens.expiresInSeconds,
  }
}
