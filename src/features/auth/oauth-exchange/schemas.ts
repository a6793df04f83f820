import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { Invitation, jsonObject, TransportField } from '../../../http/fields.ts'
import { Identity } from '../../../http/identity-list.ts'
import { credentialText, MfaRequired } from '../../../http/mfa.ts'
import { TokenResponse } from '../../../http/schemas.ts'
import { once } from '../../../utils/once.ts'

const EXAMPLE_CODE = 'q83vEjRW.5vY3m1oGkq0bJx4t.VwZcR8nLh2sUdPfKyAeQ7iXgTjM'

export const OAuthExchange = jsonObject({
  code: documented(credentialText.min(1, 'Give the code.'), {
    maxLength: 4096,
    example: EXAMPLE_CODE,
    description: 'The `code` that the browser came back with. It works once, in this browser.',
  }),
  invitation: Invitation,
  transport: TransportField,
}).openapi('OAuthExchange', { example: { code: EXAMPLE_CODE } })

/** What was linked. */
export const Linked = once(() => z.object({ linked: Identity() }).openapi('Linked'))

/** Tokens, what is needed to get some, or what was linked. */
export const ExchangeResponse = once(() => z.union([TokenResponse(), MfaRequired(), Linked()]))
