import { z } from '@hono/zod-openapi'
import type { MfaRequired as Asked } from '../core/factors/ask.ts'
import { SECOND_FACTORS } from '../core/factors/assurance.ts'
import { once } from '../utils/once.ts'
import { documented } from './documented.ts'
import { TokenResponse, type WireForm } from './schemas.ts'

/** The answer to a log-in that lacks its second factor. */
export const MfaRequired = once(() =>
  z
    .object({
      mfa_required: documented(z.literal(true), { example: true }),
      mfa_token: documented(z.string(), {
        example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6Im1mYStqd3QifQ.eyJzdWIiOiIwMTk3In0.c2lnbmF0dXJl',
        description: 'Goes to `POST /auth/mfa/verify` with the second factor. It works once.',
      }),
      expires_in: documented(z.int(), { example: 300, description: 'Seconds.' }),
      methods: documented(z.array(z.enum(SECOND_FACTORS)), {
        example: ['totp', 'recovery_code'],
        description: 'The second factors that the user can prove now.',
      }),
    })
    .openapi('MfaRequired'),
)

/** Tokens, or what is needed to get some. */
export const LoginResponse = once(() => z.union([TokenResponse(), MfaRequired()]))

/** The wire form of a log-in that lacks its second factor. */
export function mfaRequired({
  mfaToken,
  expiresInSeconds,
  methods,
}: Asked): WireForm<typeof MfaRequired> {
  return {
    mfa_required: true,
    mfa_token: mfaToken,
    expires_in: expiresInSeconds,
    methods: [...methods],
  }
}
