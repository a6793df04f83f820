import {
  body,
  createRoute,
  createRouter,
  empty,
  problems,
  refusedBody,
  replyEmpty,
} from '../../../http/router.ts'
import { accessToken } from '../../../middleware/bearer-token.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { PasswordChange } from './schemas.ts'
import { changePassword, currentPasswordWrong } from './service.ts'

const change = createRoute({
  method: 'post',
  path: '/auth/password',
  tags: ['account'],
  operationId: 'changePassword',
  summary: 'Change the password',
  description: "The user's other sessions end in the same statement; this one goes on.",
  ...guarded(accessToken, jsonBody),
  request: body(PasswordChange),
  responses: {
    204: empty('The password was changed.'),
  },
  ...problems(
    currentPasswordWrong,
    refusedBody(PasswordChange, { new_password: 'password' }),
    'overloaded',
  ),
})

export const passwordRouter = createRouter().openapi(change, async (c) => {
  const { current_password: current, new_password: next } = c.req.valid('json')
  await changePassword(c.get('deps'), c.get('claims'), { current, next }, c.req.raw.signal)
  return replyEmpty(c)
})
