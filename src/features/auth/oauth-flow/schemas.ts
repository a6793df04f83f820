import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { jsonObject, text } from '../../../http/fields.ts'
import { once } from '../../../utils/once.ts'

const intent = documented(
  z.enum(['login', 'link', 'reauth'], 'Use login, link or reauth.').optional(),
  {
    default: 'login',
    description:
      '`login` logs in or signs up. `link` links the account at the provider to the user of the access token, `reauth` proves that user once more.',
  },
)

const returnTo = documented(text.optional(), {
  format: 'uri',
  maxLength: 1024,
  description:
    'Where the browser goes afterwards: exactly one of `OAUTH_RETURN_URLS`, the first where it is missing.',
})

const transport = documented(z.enum(['bearer'], 'Use bearer.').optional(), {
  default: 'bearer',
  description: 'How the tokens of the session are handed over: in the body of the exchange.',
})

export const OAuthStart = jsonObject({ intent, return_to: returnTo, transport }).openapi(
  'OAuthStart',
  { example: {} },
)

export const OAuthStarted = once(() =>
  z
    .object({
      authorization_url: documented(z.string(), {
        format: 'uri',
        example: 'https://accounts.example.com/authorize?client_id=edge-auth&state=…',
        description: 'Where the app sends the browser, by a redirect or in a popup.',
      }),
    })
    .openapi('OAuthStarted'),
)

export const ProviderList = once(() =>
  z
    .object({
      providers: documented(
        z.array(
          z.object({
            id: documented(z.string(), { example: 'google' }),
            name: documented(z.string(), { example: 'Google' }),
          }),
        ),
        { description: 'In the order of the configuration, for buttons.' },
      ),
    })
    .openapi('ProviderList'),
)

/** The provider in a path. What is none belongs to nothing. */
export const ProviderPath = z.object({
  provider: z.string().openapi({
    param: { name: 'provider', in: 'path' },
    example: 'google',
    description: 'The id of one of `GET /auth/providers`.',
  }),
})
