import { userAbove } from '../../../core/access/acting.ts'
import { alreadyTaken } from '../../../core/accounts/already-taken.ts'
import { createUser, noSuchRoles } from '../../../core/accounts/create.ts'
import { findAccount, noSuchUser } from '../../../core/accounts/find-account.ts'
import { usernameTaken } from '../../../core/accounts/profile.ts'
import { requireMailer } from '../../../core/outbox/enqueue.ts'
import { sessionOf } from '../../../core/sessions/authenticate.ts'
import { AdminUser, adminUserResponse } from '../../../http/admin-user.ts'
import { ETAG_HEADER, etagOf, IfMatch, versionsIn } from '../../../http/if-match.ts'
import {
  body,
  createRoute,
  createRouter,
  json,
  locationHeader,
  problems,
  refusedBody,
  reply,
} from '../../../http/router.ts'
import { IdPath } from '../../../http/schemas.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { limited } from '../../../middleware/limited.ts'
import { requires } from '../../../middleware/requires.ts'
import { sudo } from '../../../middleware/step-up.ts'
import { UserChange, UserCreation } from './schemas.ts'
import { updateUser } from './service.ts'

const create = createRoute({
  method: 'post',
  path: '/admin/users',
  tags: ['admin'],
  operationId: 'createUser',
  summary: 'Create a user',
  description:
    'A mail with a link to choose a password follows, in the language of `locale`. Nobody else sees or chooses one. Whoever uses the link has verified the email.',
  ...guarded(currentUser, requires('auth:users:create'), sudo, limited, jsonBody),
  request: body(UserCreation),
  responses: {
    201: {
      ...json(AdminUser, 'The user was created.'),
      headers: {
        ...ETAG_HEADER,
        ...locationHeader('/admin/users/0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'),
      },
    },
  },
  ...problems(
    () => alreadyTaken({ username: false, email: true }),
    noSuchRoles,
    'mail_not_configured',
    'overloaded',
  ),
})

const show = createRoute({
  method: 'get',
  path: '/admin/users/{id}',
  tags: ['admin'],
  operationId: 'getUser',
  summary: 'A user',
  ...guarded(currentUser, requires('auth:users:read')),
  request: { params: IdPath },
  responses: { 200: { ...json(AdminUser, 'The user.'), headers: ETAG_HEADER } },
  ...problems(noSuchUser),
})

const update = createRoute({
  method: 'patch',
  path: '/admin/users/{id}',
  tags: ['admin'],
  operationId: 'updateUser',
  summary: 'Change a user',
  description:
    'Changes the fields that are given; null deletes one. The email only the user changes, for whoever chose the address could make the account their own by it.',
  ...guarded(currentUser, requires('auth:users:update'), sudo, jsonBody),
  request: { params: IdPath, ...body(UserChange), headers: IfMatch },
  responses: { 200: { ...json(AdminUser, 'The user as it is now.'), headers: ETAG_HEADER } },
  ...problems(
    userAbove,
    noSuchUser,
    usernameTaken,
    'precondition_failed',
    refusedBody(UserChange, { username: 'x' }),
    'overloaded',
  ),
})

export const usersRouter = createRouter()
  .openapi(create, async (c) => {
    const deps = c.get('deps')
    requireMailer(deps)
    const { display_name: displayName, ...given } = c.req.valid('json')
    const actor = sessionOf(c.get('actor'))
    const { account } = await createUser(deps, { ...given, displayName, actor })
    const headers = { ...etagOf(account), location: `/admin/users/${account.id}` }
    return reply(c, AdminUser, adminUserResponse(account), 201, headers)
  })
  .openapi(show, async (c) => {
    const account = await findAccount(c.get('deps'), c.req.valid('param').id)
    return reply(c, AdminUser, adminUserResponse(account), 200, etagOf(account))
  })
  .openapi(update, async (c) => {
    const account = await updateUser(
      c.get('deps'),
      sessionOf(c.get('actor')),
      c.req.valid('param').id,
      c.req.valid('json'),
      versionsIn(c.req.header('if-match')),
    )
    return reply(c, AdminUser, adminUserResponse(account), 200, etagOf(account))
  })
