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
  withAccessTokenAndBody,
} from '../../../middleware/guards.ts'
import { PasswordChange } from './schemas.ts'
import { changePassword } from './service.ts'

const change = createRoute({
  method: 'post',
  path: '/auth/password',
  tags: ['account'],
  operationId: 'changePassword',
  summary: 'Change the password',
  description: "The user's other sessions end in the same statement; this one goes on.",
  ...withAccessTokenAndBody,
  request: body(PasswordChange),
  responses: {
    204: empty('The password was changed.'),
  },
  ...problems(...TOKEN_PROBLEMS, ...BODY_PROBLEMS, 'invalid_credentials', 'overloaded'),
})

export const passwordRouter = createRouter().openapi(change, async (c) => {
  const { current_password: current, new_password: next } = c.req.valid('json')
  await changePassword(c.get('deps'), c.get('presented'), { current, next })
  return replyEmpty(c)
})
