import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { createRoute, createRouter, json, reply } from '../../../http/router.ts'
import { once } from '../../../utils/once.ts'

/** Verifiers cache the keys this long. A new key must be published at least as long before it signs. */
const MAX_AGE_SECONDS = 300

const KeyList = once(() => {
  // The parameters of a key depend on its type (RFC 7518 section 6).
  const parameter = z.string().optional()
  const key = z.object({
    kid: documented(z.string(), { example: 'mCk0E1y5Y3Q' }),
    kty: documented(z.string(), { example: 'OKP' }),
    alg: documented(z.string(), { example: 'EdDSA' }),
    use: documented(z.literal('sig'), { example: 'sig' }),
    crv: documented(z.string().optional(), { example: 'Ed25519' }),
    x: parameter,
    y: parameter,
    n: parameter,
    e: parameter,
  })
  return z.object({ keys: z.array(key) }).openapi('JsonWebKeySet', {
    description: 'RFC 7517; empty where tokens are signed with a shared secret.',
  })
})

const jwks = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  tags: ['keys'],
  operationId: 'jwks',
  summary: 'The public keys with which other services verify access tokens',
  responses: { 200: json(KeyList, 'The next, the current and the previous keys.') },
})

export const keysRouter = createRouter().openapi(jwks, (c) =>
  reply(c, KeyList, { keys: [...c.get('deps').tokens.publishedKeys] }, 200, {
    'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
  }),
)
