import { z } from '@hono/zod-openapi'
import { createRoute, createRouter, json, problems, reply } from '../../http/router.ts'

/** Verifiers keep the keys this long; a key is published at least as long before it signs. */
const MAX_AGE_SECONDS = 300

const text = z.string()
const optionalText = text.optional()

const KeyList = z
  .object({
    keys: z.array(
      z.object({
        kid: text.openapi({ example: 'mCk0E1y5Y3Q' }),
        kty: text.openapi({ example: 'OKP' }),
        alg: text.openapi({ example: 'EdDSA' }),
        use: z.literal('sig').openapi({ example: 'sig' }),
        crv: optionalText.openapi({ example: 'Ed25519' }),
        x: optionalText,
        y: optionalText,
        n: optionalText,
        e: optionalText,
      }),
    ),
  })
  .openapi('JsonWebKeySet', {
    description: 'RFC 7517; empty where tokens are signed with a shared secret.',
  })

const jwks = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  tags: ['keys'],
  operationId: 'jwks',
  summary: 'The public keys with which other services verify access tokens',
  responses: { 200: json(KeyList, 'The next, the current and the previous keys.'), ...problems() },
})

export const keysRouter = createRouter().openapi(jwks, (c) =>
  reply(c, KeyList, { keys: [...c.get('deps').tokens.publishedKeys] }, 200, {
    'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
  }),
)
