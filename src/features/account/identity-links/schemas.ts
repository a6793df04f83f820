import { documented } from '../../../http/documented.ts'
import { jsonObject } from '../../../http/fields.ts'
import { credentialText } from '../../../http/mfa.ts'

const EXAMPLE_TOKEN = 'q83vEjRW.5vY3m1oGkq0bJx4t.VwZcR8nLh2sUdPfKyAeQ7iXgTjM'

export const IdentityLink = jsonObject({
  link_token: documented(credentialText.min(1, 'Give the token.'), {
    maxLength: 4096,
    example: EXAMPLE_TOKEN,
    description: 'What came with `account_exists`. It works once, in this browser, for this user.',
  }),
}).openapi('IdentityLink', { example: { link_token: EXAMPLE_TOKEN } })
