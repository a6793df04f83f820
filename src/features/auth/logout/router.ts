import {
  body,
  createRoute,
  createRouter,
  empty,
  problems,
  replyEmpty,
} from '../../../http/router.ts'
import {
  BODY_PROBLEMS,
  TOKEN_PROBLEMS,
  withAccessToken,
  withAccessTokenAndBody,
} from '../../../middleware/guards.ts'
import { LogoutAllRequest } from './schemas.ts'
import { logout, logoutAll } from './service.ts'

const logoutRoute = createRoute({
  method: 'post',
  path: '/auth/logout',
  tags: ['sessions'],
  operationId: 'logout',
  summary: 'End this session',
  description: 'Also answers 204 where the session had ended already.',
  ...withAccessToken,
  responses: {
    204: empty('The session has ended; its tokens no longer work.'),
  },
  ...problems(...TOKEN_PROBLEMS),
})

const logoutAllRoute = createRoute({
  method: 'post',
  path: '/auth/logout-all',
  tags: ['sessions'],
  operationId: 'logoutAll',
  summary: "End all of the user's sessions, or all but this one",
  ...withAccessTokenAndBody,
  request: body(LogoutAllRequest),
  responses: {
    204: empty('They have ended, even those that a log-in was about to open.'),
  },
  ...problems(...TOKEN_PROBLEMS, ...BODY_PROBLEMS),
})

export const logoutRouter = createRouter()
  .openapi(logoutRoute, async (c) => {
    await logout(c.get('deps'), c.get('presented'))
    return replyEmpty(c)
  })
  .openapi(logoutAllRoute, async (c) => {
    await logoutAll(c.get('deps'), c.get('presented'), {
      keepsCurrent: c.req.valid('json').keep_current,
    })
    return replyEmpty(c)
  })
