import { createRoute, createRouter, json, problems, reply } from '../../http/router.ts'
import { TokenResponse, tokenResponse } from '../../http/schemas.ts'
import { clientOf } from '../../middleware/client.ts'
import { TOKEN_PROBLEMS, withRefreshToken } from '../../middleware/guards.ts'
import { refresh } from './service.ts'

const refreshRoute = createRoute({
  method: 'post',
  path: '/auth/refresh',
  tags: ['auth'],
  operationId: 'refresh',
  summary: 'Exchange a refresh token for two new tokens',
  description:
    'Send the refresh token as the bearer token. The one before the current is answered with the same successor for a few seconds, so that parallel tabs and lost answers do no harm; anything older ends the session.',
  ...withRefreshToken,
  responses: {
    200: json(TokenResponse, 'Both tokens are new.'),
    ...problems(...TOKEN_PROBLEMS, 'service_unavailable'),
  },
})

export const sessionsRouter = createRouter().openapi(refreshRoute, async (c) =>
  reply(
    c,
    TokenResponse,
    tokenResponse(await refresh(c.var.deps, c.var.presented, clientOf(c))),
    200,
  ),
)
