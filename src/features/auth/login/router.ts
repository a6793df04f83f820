import { body, createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { TokenResponse, tokenResponse } from '../../../http/schemas.ts'
import { clientOf } from '../../../middleware/client.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { LoginRequest } from './schemas.ts'
import { login } from './service.ts'

const loginRoute = createRoute({
  method: 'post',
  path: '/auth/login',
  tags: ['auth'],
  operationId: 'login',
  summary: 'Log in by username or email',
  ...guarded(jsonBody),
  request: body(LoginRequest),
  responses: {
    200: json(TokenResponse, 'A session was opened; these are its tokens.'),
  },
  ...problems('invalid_credentials', 'overloaded', 'service_unavailable'),
})

export const loginRouter = createRouter().openapi(loginRoute, async (c) => {
  const { username_or_email: identifier, password } = c.req.valid('json')
  const { signal } = c.req.raw
  const tokens = await login(c.get('deps'), { identifier, password, client: clientOf(c), signal })
  return reply(c, TokenResponse, tokenResponse(tokens), 200)
})
