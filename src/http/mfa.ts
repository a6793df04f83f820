import { z } from '@hono/zod-openapi'
import type { MfaRequired as Asked } from '../core/factors/ask.ts'
import { SECOND_FACTORS } from '../core/factors/assurance.ts'
import type { OfferedFactor } from '../core/factors/offered.ts'
import { once } from '../utils/once.ts'
import { documented } from './documented.ts'
import { trimmed } from './fields.ts'
import { TokenResponse, type WireForm } from './schemas.ts'
import { REQUIRED, refusal } from './validation.ts'

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

/** Recovery codes in the one answer that has them. */
export const RecoveryCodes = once(() =>
  documented(z.array(z.string()), {
    example: ['7k2m-9qxw-4tzr-c8ed', 'v3bn-0hfs-52pa-yj6g'],
    description: 'Ten codes, shown this once. Each stands in for a second factor once.',
  }),
)

const TOTP_CODE = /^\d{6}$/
/** More than any authenticator makes of a credential; the token in its client data is the longest part. */
const MAX_CREDENTIAL_CHARACTERS = 4096

/** A code as an app shows it, often with a space in the middle. */
export const TotpCode = documented(
  trimmed
    .transform((typed) => typed.replaceAll(/\s/g, ''))
    .refine((code) => TOTP_CODE.test(code), refusal('invalid_format', 'Enter the six digits.')),
  { type: 'string', example: '492039', description: 'Six digits; spaces do not matter.' },
)

const RecoveryCode = documented(trimmed.min(1, 'Enter a recovery code.'), {
  example: '7k2m-9qxw-4tzr-c8ed',
  description: 'One of the codes that were shown once. Case, spaces and hyphens do not matter.',
})

/** Binary data of a credential, in base64url. */
export const credentialText = z
  .string({ error: (issue) => (issue.input === undefined ? REQUIRED : 'This must be text.') })
  .max(MAX_CREDENTIAL_CHARACTERS, `Use at most ${MAX_CREDENTIAL_CHARACTERS} characters.`)

/** Tells a missing object from another type. */
export const OBJECT = {
  error: (issue: { input?: unknown }) =>
    issue.input === undefined ? REQUIRED : 'This must be an object.',
}

/** What `navigator.credentials.get` gives. Its other members do not matter. */
export const AssertionCredential = documented(
  z.object(
    {
      id: credentialText,
      rawId: credentialText,
      type: z.literal('public-key'),
      response: z.object({
        clientDataJSON: credentialText,
        authenticatorData: credentialText,
        signature: credentialText,
        userHandle: credentialText.optional(),
      }),
    },
    OBJECT,
  ),
  { description: 'An AuthenticationResponseJSON (WebAuthn level 3), as `toJSON()` makes it.' },
)

export const ChallengeToken = documented(credentialText.min(1, 'Give the challenge token.'), {
  description: 'The token that came with the options. It works once.',
})

/** What a body offers as second factor: one of these fields. */
export const FACTOR_FIELDS = {
  totp_code: TotpCode.optional(),
  recovery_code: RecoveryCode.optional(),
  passkey: z
    .strictObject({ challenge_token: ChallengeToken, credential: AssertionCredential })
    .optional(),
}

type FactorFields = {
  totp_code?: string | undefined
  recovery_code?: string | undefined
  passkey?:
    | { challenge_token: string; credential: z.output<typeof AssertionCredential> }
    | undefined
}

export const FACTOR_NAMES = ['totp_code', 'recovery_code', 'passkey'] as const

/** Refuses a body that has none of these fields, or more than one. */
export function exactlyOne<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  names: readonly (keyof Shape & string)[],
) {
  return schema.superRefine((body: object, context) => {
    const given = names.filter((name) => (body as Record<string, unknown>)[name] !== undefined)
    if (given.length === 1) return
    const choice = `Give exactly one of ${names.join(', ')}.`
    const { error: message, params } = refusal(given.length === 0 ? 'required' : 'invalid', choice)
    for (const name of given.length === 0 ? names : given.slice(1)) {
      context.addIssue({ code: 'custom', message, params, path: [name] })
    }
  })
}

/** Returns the second factor that a body offers, of which `exactlyOne` says that there is one. */
export function offeredFactor(body: FactorFields): OfferedFactor {
  const { totp_code: totpCode, recovery_code: recoveryCode, passkey } = body
  if (totpCode !== undefined) return { kind: 'totp', code: totpCode }
  if (recoveryCode !== undefined) return { kind: 'recovery_code', code: recoveryCode }
  if (!passkey) throw new Error('a body without a factor was let in')
  const { challenge_token: challengeToken, credential } = passkey
  return { kind: 'passkey', challengeToken, credential }
}
