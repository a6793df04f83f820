import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { EXAMPLE_PERSON } from '../../../http/examples.ts'
import {
  Email,
  jsonObject,
  TransportField,
  TurnstileToken,
  text,
  trimmed,
} from '../../../http/fields.ts'
import { refusal } from '../../../http/validation.ts'
import { once } from '../../../utils/once.ts'

const EXAMPLE_CODE_TOKEN = 'AZej0YF2eEGbHz5TqvYNdQ.5vY3m1oGkq0bJx4tVwZcR8nLh2sUdPfKyAeQ7iXgTjM'
const EXAMPLE_CODE = '504273'

export const CodeRequest = jsonObject({
  email: Email,
  turnstile_token: TurnstileToken,
}).openapi('CodeRequest', { example: { email: EXAMPLE_PERSON.email } })

/** The answer to whoever asks for a code. */
export const CodeRequested = once(() =>
  z
    .object({
      code_token: documented(z.string(), {
        example: EXAMPLE_CODE_TOKEN,
        description: 'Goes to `POST /auth/code/verify` with the code, which works with no other.',
      }),
      expires_in: documented(z.int(), {
        example: 600,
        description: 'Seconds that a code works from when its mail was sent.',
      }),
    })
    .openapi('CodeRequested'),
)

const MAX_CHARACTERS = 1024

const CodeToken = documented(trimmed.min(1, 'Enter the token.'), {
  maxLength: MAX_CHARACTERS,
  example: EXAMPLE_CODE_TOKEN,
  description: 'What `POST /auth/code` answered.',
})

const MailedCode = documented(
  text
    .transform((typed) => typed.replaceAll(/[\s-]/g, ''))
    .refine((code) => /^\d{6}$/.test(code), refusal('invalid_format', 'Enter the six digits.')),
  {
    type: 'string',
    maxLength: MAX_CHARACTERS,
    example: EXAMPLE_CODE,
    description: 'The six digits of the mail. Spaces and hyphens do not matter.',
  },
)

export const CodeVerification = jsonObject({
  code_token: CodeToken,
  code: MailedCode,
  transport: TransportField,
}).openapi('CodeVerification', {
  example: { code_token: EXAMPLE_CODE_TOKEN, code: EXAMPLE_CODE },
})
