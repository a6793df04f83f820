import { rotateSession } from '../../../core/sessions/rotate.ts'
import { createRoute, createRouter, json, reply } from '../../../http/router.ts'
import { TokenResponse, tokenResponse } from '../../../http/schemas.ts'
import { refreshToken } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { requesterOf } from '../../../middleware/language.ts'

const refreshRoute = createRoute({
  method: 'post',
  path: '/auth/refresh',
  tags: ['auth'],
  operationId: 'refresh',
  summary: 'Exchange a refresh token for two new tokens',
  description:
    'Send the refresh token as the bearer token. The one before the current is answered with the same successor for a few seconds, so that parallel tabs and lost answers do no harm; anything older ends the session.',
  ...guarded(refreshToken),
  responses: {
    200: json(TokenResponse, 'Both tokens are new.'),
  },
})

export const refreshRouter = createRouter().openapi(refreshRoute, async (c) => {
  const tokens = await rotateSession(c.get('deps'), c.get('claims'), requesterOf(c))
  return reply(c, TokenResponse, tokenResponse(tokens), 200)
})
