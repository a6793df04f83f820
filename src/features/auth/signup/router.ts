import {
  body,
  createRoute,
  createRouter,
  json,
  problems,
  refusedBody,
  reply,
} from '../../../http/router.ts'
import { User, userResponse } from '../../../http/schemas.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { SignupRequest } from './schemas.ts'
import { alreadyTaken, signup } from './service.ts'

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
  ...problems(
    () => alreadyTaken({ username: false, email: true }),
    refusedBody(SignupRequest, { username: 'grace hopper', email: 'grace', password: 'password' }),
    'overloaded',
    'service_unavailable',
  ),
})

export const signupRouter = createRouter().openapi(signupRoute, async (c) =>
  reply(
    c,
    User,
    userResponse(await signup(c.get('deps'), c.req.valid('json'), c.req.raw.signal)),
    201,
  ),
)
