import { endSessionById, noSuchSession } from '../../../core/sessions/end.ts'
import {
  createRoute,
  createRouter,
  empty,
  json,
  problems,
  reply,
  replyEmpty,
} from '../../../http/router.ts'
import { IdPath } from '../../../http/schemas.ts'
import { SessionList, sessionList } from '../../../http/session-list.ts'
import { accessToken } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { listSessions } from './service.ts'

const list = createRoute({
  method: 'get',
  path: '/auth/sessions',
  tags: ['account'],
  operationId: 'listSessions',
  summary: "The user's sessions, the last used first",
  ...guarded(accessToken),
  responses: {
    200: json(SessionList, 'All sessions that still live.'),
  },
})

const revoke = createRoute({
  method: 'delete',
  path: '/auth/sessions/{id}',
  tags: ['account'],
  operationId: 'revokeSession',
  summary: 'End one session',
  ...guarded(accessToken),
  request: { params: IdPath },
  responses: {
    204: empty('The session has ended; its tokens no longer work.'),
  },
  ...problems(noSuchSession),
})

export const sessionsRouter = createRouter()
  .openapi(list, async (c) => {
    const live = await listSessions(c.get('deps'), c.get('claims'))
    return reply(c, SessionList, await sessionList(live), 200)
  })
  .openapi(revoke, async (c) => {
    await endSessionById(c.get('deps'), c.get('claims'), c.req.valid('param').id)
    return replyEmpty(c)
  })
