import { z } from '@hono/zod-openapi'
import { createRoute, createRouter, json, problems, reply } from '../../http/router.ts'

/** Verifiers keep the keys this long; a key is published at least as long before it signs. */
const MAX_AGE_SECONDS = 300

const KeyList = z
  .object({
    keys: z.array(
      z.object({
        kid: z.string().openapi({ example: 'mCk0E1y5Y3Q' }),
        kty: z.string().openapi({ example: 'OKP' }),
        alg: z.string().openapi({ example: 'EdDSA' }),
        use: z.literal('sig').openapi({ example: 'sig' }),
        crv: z.string().optional().openapi({ example: 'Ed25519' }),
        x: z.string().optional(),
        y: z.string().optional(),
        n: z.string().optional(),
        e: z.string().optional(),
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
