import { z } from '@hono/zod-openapi'
import { once } from '../utils/once.ts'
import { documented } from './documented.ts'
import { text } from './fields.ts'
import { credentialText, OBJECT } from './mfa.ts'
import { refusal } from './validation.ts'

const MAX_NAME_CHARACTERS = 64
const MAX_TRANSPORTS = 20
const CHALLENGE = 'gjv9jC2ZkTa0pBkqWlvtF9d8wWRLBNoQZ-1v1bTSsno'
const EXAMPLE_CHALLENGE_TOKEN =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6ImNoYWxsZW5nZStqd3QifQ.eyJzdWIiOiIwMTk3In0.c2lnbmF0dXJl'

/** What `navigator.credentials.create` gives. Its other members do not matter. */
export const NewCredential = documented(
  z.object(
    {
      id: credentialText,
      rawId: credentialText,
      type: z.literal('public-key'),
      response: z.object({
        clientDataJSON: credentialText,
        attestationObject: credentialText,
        transports: z.array(credentialText).max(MAX_TRANSPORTS).optional(),
      }),
    },
    OBJECT,
  ),
  { description: 'A RegistrationResponseJSON (WebAuthn level 3), as `toJSON()` makes it.' },
)

export const PasskeyName = documented(
  text
    .trim()
    .min(1, 'Enter a name.')
    .refine(
      (name) => [...name].length <= MAX_NAME_CHARACTERS,
      refusal('too_long', `Use at most ${MAX_NAME_CHARACTERS} characters.`),
    ),
  {
    ...{ type: 'string', minLength: 1, maxLength: MAX_NAME_CHARACTERS, example: 'Phone' },
    description: 'What the user knows it by.',
  },
)

const token = () =>
  documented(z.string(), {
    example: EXAMPLE_CHALLENGE_TOKEN,
    description: 'Comes back with what the browser answers. It works once, for five minutes.',
  })

const credentials = () =>
  z.array(
    z.object({
      id: z.string(),
      type: z.literal('public-key'),
      transports: z.array(z.string()).optional(),
    }),
  )

const shared = () => ({
  challenge: documented(z.string(), { example: CHALLENGE }),
  timeout: documented(z.int(), { example: 300_000, description: 'Milliseconds.' }),
})

/** What a browser makes a passkey by. */
export const CreationOptions = once(() =>
  z
    .object({
      public_key: documented(
        z.object({
          rp: z.object({ id: z.string(), name: z.string() }),
          user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
          ...shared(),
          pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
          excludeCredentials: credentials(),
          authenticatorSelection: z.object({
            residentKey: z.literal('required'),
            requireResidentKey: z.boolean(),
            userVerification: z.literal('required'),
          }),
          attestation: z.literal('none'),
        }),
        {
          example: {
            rp: { id: 'example.org', name: 'Edge Auth' },
            user: { id: 'pWc1dmr7cY5vNnEhc3xPb1RkZg', name: 'ada', displayName: 'Ada Lovelace' },
            challenge: CHALLENGE,
            timeout: 300_000,
            pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
            excludeCredentials: [],
            authenticatorSelection: {
              residentKey: 'required',
              requireResidentKey: true,
              userVerification: 'required',
            },
            attestation: 'none',
          },
          description:
            'For `PublicKeyCredential.parseCreationOptionsFromJSON` and `navigator.credentials.create` (WebAuthn level 3).',
        },
      ),
      challenge_token: token(),
    })
    .openapi('PasskeyCreationOptions'),
)

/** What a browser proves a passkey by. */
export const RequestOptions = once(() =>
  z
    .object({
      public_key: documented(
        z.object({
          ...shared(),
          rpId: documented(z.string(), { example: 'example.org' }),
          allowCredentials: credentials(),
          userVerification: z.literal('required'),
        }),
        {
          example: {
            challenge: CHALLENGE,
            timeout: 300_000,
            rpId: 'example.org',
            allowCredentials: [],
            userVerification: 'required',
          },
          description:
            'For `PublicKeyCredential.parseRequestOptionsFromJSON` and `navigator.credentials.get` (WebAuthn level 3).',
        },
      ),
      challenge_token: token(),
    })
    .openapi('PasskeyRequestOptions'),
)
