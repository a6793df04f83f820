import {
  body,
  createRoute,
  createRouter,
  json,
  jsonBody,
  problems,
  reply,
} from '../../http/router.ts'
import { User, userResponse } from '../../http/schemas.ts'
import { SignupRequest } from './schemas.ts'
import { signup } from './service.ts'

const signupRoute = createRoute({
  method: 'post',
  path: '/auth/signup',
  tags: ['auth'],
  operationId: 'signup',
  summary: 'Create an account',
  middleware: jsonBody,
  request: body(SignupRequest),
  responses: {
    201: json(User, 'The account was created.'),
    ...problems(
      'malformed_json',
      'already_taken',
      'payload_too_large',
      'unsupported_media_type',
      'validation_failed',
      'overloaded',
      'service_unavailable',
    ),
  },
})

export const signupRouter = createRouter().openapi(signupRoute, async (c) =>
  reply(c, User, userResponse(await signup(c.var.deps, c.req.valid('json'))), 201),
)
