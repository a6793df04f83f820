import { endAllSessions, endSession } from '../../../core/sessions/end.ts'
import {
  createRoute,
  createRouter,
  empty,
  optionalBody,
  problems,
  refusedBody,
  replyEmpty,
} from '../../../http/router.ts'
import { accessToken, anyAccessToken } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { optionalJsonBody } from '../../../middleware/json-body.ts'
import { forgetSessionCookie } from '../../../middleware/session-cookie.ts'
import { LogoutAllRequest } from './schemas.ts'

const logoutRoute = createRoute({
  method: 'post',
  path: '/auth/logout',
  tags: ['account'],
  operationId: 'logout',
  summary: 'End this session',
  description: 'Also answers 204 where the session had ended already.',
  ...guarded(anyAccessToken),
  responses: {
    204: empty('The session has ended; its tokens no longer work.'),
  },
})

const logoutAllRoute = createRoute({
  method: 'post',
  path: '/auth/logout-all',
  tags: ['account'],
  operationId: 'logoutAll',
  summary: "End all of the user's sessions, or all but this one",
  ...guarded(accessToken, optionalJsonBody),
  request: optionalBody(LogoutAllRequest),
  responses: {
    204: empty('They have ended, even those that a log-in was about to open.'),
  },
  ...problems(refusedBody(LogoutAllRequest, { keep_current: 'yes' })),
})

/** The log-out comes after those that need a log-in, for whoever tries one operation after the other. */
export const logoutRouter = createRouter()
  .openapi(logoutAllRoute, async (c) => {
    const { keep_current: keepsCurrent } = c.req.valid('json')
    await endAllSessions(c.get('deps'), c.get('claims'), { keepsCurrent })
    return replyEmpty(c, keepsCurrent ? {} : forgetSessionCookie(c))
  })
  .openapi(logoutRoute, async (c) => {
    await endSession(c.get('deps'), c.get('claims'))
    return replyEmpty(c, forgetSessionCookie(c))
  })
