import { type AccessClaims, type Requirements, verifyRequest } from 'edge-auth-client/server'
import { createMiddleware } from 'hono/factory'

const AUTH_URL = process.env.AUTH_URL ?? 'http://localhost:8787'

/** The service whose tokens are believed: its public keys, and what it calls itself and those whom its tokens are for. */
const SERVICE = {
  jwksUrl: `${AUTH_URL}/.well-known/jwks.json`,
  issuer: 'edge-auth',
  audience: 'edge-auth',
}

/** Lets only requests with a valid access token pass, which may be asked for more than that. Handlers have its claims. */
export const access = (requirements: Requirements = {}) =>
  createMiddleware<{ Variables: { claims: AccessClaims } }>(async (c, next) => {
    const verified = await verifyRequest(c.req.raw, { ...SERVICE, ...requirements })
    if (!verified.ok) return verified.response
    c.set('claims', verified.claims)
    await next()
  })
