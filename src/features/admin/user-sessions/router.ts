import { userAbove } from '../../../core/access/acting.ts'
import { noSuchUser } from '../../../core/accounts/find-account.ts'
import { sessionOf } from '../../../core/sessions/authenticate.ts'
import { noSuchSession } from '../../../core/sessions/end.ts'
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
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { requires } from '../../../middleware/requires.ts'
import { sudo } from '../../../middleware/step-up.ts'
import { SessionPath } from './schemas.ts'
import { endAllSessionsOf, endSessionOf, listUserSessions } from './service.ts'

const list = createRoute({
  method: 'get',
  path: '/admin/users/{id}/sessions',
  tags: ['admin'],
  operationId: 'listUserSessions',
  summary: 'The sessions of a user, the last used first',
  ...guarded(currentUser, requires('auth:sessions:read')),
  request: { params: IdPath },
  responses: { 200: json(SessionList, 'All sessions that still live.') },
  ...problems(noSuchUser),
})

const endOne = createRoute({
  method: 'delete',
  path: '/admin/users/{id}/sessions/{session_id}',
  tags: ['admin'],
  operationId: 'endUserSession',
  summary: 'End one session of a user',
  ...guarded(currentUser, requires('auth:sessions:end'), sudo),
  request: { params: SessionPath },
  responses: { 204: empty('The session has ended; its tokens no longer work.') },
  ...problems(userAbove, noSuchSession),
})

const endAll = createRoute({
  method: 'delete',
  path: '/admin/users/{id}/sessions',
  tags: ['admin'],
  operationId: 'endUserSessions',
  summary: 'End all sessions of a user',
  ...guarded(currentUser, requires('auth:sessions:end'), sudo),
  request: { params: IdPath },
  responses: { 204: empty('All sessions have ended, even one that is about to be opened.') },
  ...problems(userAbove, noSuchUser),
})

export const userSessionsRouter = createRouter()
  .openapi(list, async (c) => {
    const { id } = c.req.valid('param')
    const live = await listUserSessions(c.get('deps'), sessionOf(c.get('actor')), id)
    return reply(c, SessionList, await sessionList(live), 200)
  })
  .openapi(endOne, async (c) => {
    const { id: targetId, session_id: endedId } = c.req.valid('param')
    await endSessionOf(c.get('deps'), sessionOf(c.get('actor')), { targetId, endedId })
    return replyEmpty(c)
  })
  .openapi(endAll, async (c) => {
    await endAllSessionsOf(c.get('deps'), sessionOf(c.get('actor')), c.req.valid('param').id)
    return replyEmpty(c)
  })
