import { createRoute, createRouter, json, reply } from '../../../http/router.ts'
import { TokenResponse, tokenResponse } from '../../../http/schemas.ts'
import { sessionCookie } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { setSessionCookie } from '../../../middleware/session-cookie.ts'

const exchange = createRoute({
  method: 'post',
  path: '/auth/session/token',
  tags: ['auth'],
  operationId: 'exchangeSessionCookie',
  summary: 'Get an access token for the cookie of a session',
  description:
    'For a page that calls other services: it keeps the token in memory alone. There is never a refresh token; ask again before `expires_in` is over. It moves the idle limit of the session on.',
  ...guarded(sessionCookie),
  responses: { 200: json(TokenResponse, 'An access token of the session.') },
})

export const sessionTokenRouter = createRouter().openapi(exchange, async (c) => {
  const tokens = c.get('accessToken')
  return reply(c, TokenResponse, tokenResponse(tokens), 200, setSessionCookie(c, tokens))
})
