import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { EXAMPLE_PERSON } from '../../../http/examples.ts'
import {
  Email,
  Invitation,
  jsonObject,
  NewPassword,
  TurnstileToken,
  Username,
} from '../../../http/fields.ts'
import { once } from '../../../utils/once.ts'

export const SignupRequest = jsonObject({
  username: Username,
  email: Email,
  password: NewPassword,
  invitation: Invitation,
  turnstile_token: TurnstileToken,
}).openapi('SignupRequest', { example: EXAMPLE_PERSON })

export const SignupPending = once(() =>
  z
    .object({
      verification_required: documented(z.literal(true), {
        example: true,
        description: 'The account can be used once the link in the mail was followed.',
      }),
    })
    .openapi('SignupPending'),
)
