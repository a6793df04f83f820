import {
  createRoute,
  createRouter,
  empty,
  json,
  problems,
  reply,
  replyEmpty,
} from '../../../http/router.ts'
import { TokenResponse, tokenResponse } from '../../../http/schemas.ts'
import { clientOf } from '../../../middleware/client.ts'
import { TOKEN_PROBLEMS, withAccessToken, withRefreshToken } from '../../../middleware/guards.ts'
import { SessionList, SessionPath, sessionList } from './schemas.ts'
import { listSessions, refresh, revokeSession } from './service.ts'

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
  },
  ...problems(...TOKEN_PROBLEMS),
})

const list = createRoute({
  method: 'get',
  path: '/auth/sessions',
  tags: ['sessions'],
  operationId: 'listSessions',
  summary: "The user's sessions, the last used first",
  ...withAccessToken,
  responses: {
    200: json(SessionList, 'All sessions that still live.'),
  },
  ...problems(...TOKEN_PROBLEMS),
})

const revoke = createRoute({
  method: 'delete',
  path: '/auth/sessions/{id}',
  tags: ['sessions'],
  operationId: 'revokeSession',
  summary: 'End one session',
  ...withAccessToken,
  request: { params: SessionPath },
  responses: {
    204: empty('The session has ended; its tokens no longer work.'),
  },
  ...problems(...TOKEN_PROBLEMS, 'not_found'),
})

export const sessionsRouter = createRouter()
  .openapi(refreshRoute, async (c) =>
    reply(
      c,
      TokenResponse,
      tokenResponse(await refresh(c.get('deps'), c.get('presented'), clientOf(c))),
      200,
    ),
  )
  .openapi(list, async (c) =>
    reply(c, SessionList, sessionList(await listSessions(c.get('deps'), c.get('presented'))), 200),
  )
  .openapi(revoke, async (c) => {
    await revokeSession(c.get('deps'), c.get('presented'), c.req.valid('param').id)
    return replyEmpty(c)
  })
