import { body, createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { User, userResponse } from '../../../http/schemas.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { SignupRequest } from './schemas.ts'
import { signup } from './service.ts'

const signupRoute = createRoute({
  method: 'post',
  path: '/auth/signup',
  tags: ['auth'],
  operationId: 'signup',
  summary: 'Create an account',
  ...guarded(jsonBody),
  request: body(SignupRequest),
  responses: {
    201: json(User, 'The account was created.'),
  },
  ...problems('already_taken', 'overloaded', 'service_unavailable'),
})

export const signupRouter = createRouter().openapi(signupRoute, async (c) =>
  reply(
    c,
    User,
    userResponse(await signup(c.get('deps'), c.req.valid('json'), c.req.raw.signal)),
    201,
  ),
)
