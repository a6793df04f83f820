import { userAbove } from '../../../core/access/acting.ts'
import { noSuchUser } from '../../../core/accounts/find-account.ts'
import { sessionOf } from '../../../core/sessions/authenticate.ts'
import { AdminUser, adminUserResponse } from '../../../http/admin-user.ts'
import {
  createRoute,
  createRouter,
  empty,
  json,
  problems,
  reply,
  replyAccepted,
  replyEmpty,
} from '../../../http/router.ts'
import { IdPath } from '../../../http/schemas.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { limited } from '../../../middleware/limited.ts'
import { requires } from '../../../middleware/requires.ts'
import { sudo } from '../../../middleware/step-up.ts'

/** Loaded with the first request of an admin, so that no start pays for it. */
const service = () => import('./service.ts')

const about = { tags: ['admin'], request: { params: IdPath } }
const user = { 200: json(AdminUser, 'The user as it is now.') }

const disable = createRoute({
  ...about,
  method: 'post',
  path: '/admin/users/{id}/disable',
  operationId: 'disableUser',
  summary: 'Disable a user',
  description:
    'All sessions end for good, and so do the links that were mailed. Nobody disables oneself, nor the last admin.',
  ...guarded(currentUser, requires('auth:users:disable'), sudo),
  responses: user,
  ...problems(userAbove, noSuchUser, 'last_admin', 'overloaded'),
})

const enable = createRoute({
  ...about,
  method: 'post',
  path: '/admin/users/{id}/enable',
  operationId: 'enableUser',
  summary: 'Enable a user',
  description: 'The user can log in again; sessions that ended stay so.',
  ...guarded(currentUser, requires('auth:users:disable'), sudo),
  responses: user,
  ...problems(userAbove, noSuchUser, 'overloaded'),
})

const passwordReset = createRoute({
  ...about,
  method: 'post',
  path: '/admin/users/{id}/password-reset',
  operationId: 'resetUserPassword',
  summary: 'Have a link mailed to a user to choose a new password',
  description: 'A user who is disabled gets none. Nobody else sees or chooses the password.',
  ...guarded(currentUser, requires('auth:users:reset_password'), sudo, limited),
  responses: { 202: empty('The user gets a mail.') },
  ...problems(userAbove, noSuchUser, 'mail_not_configured'),
})

const verifyEmail = createRoute({
  ...about,
  method: 'post',
  path: '/admin/users/{id}/verify-email',
  operationId: 'verifyUserEmail',
  summary: 'Say that the email of a user is verified',
  ...guarded(currentUser, requires('auth:users:verify'), sudo),
  responses: user,
  ...problems(userAbove, noSuchUser, 'overloaded'),
})

const deletion = createRoute({
  ...about,
  method: 'delete',
  path: '/admin/users/{id}',
  operationId: 'deleteUser',
  summary: 'Delete a user',
  description:
    'The user, the sessions and all else that belongs to the account are gone at once, and a mail says so. Nobody deletes oneself here, nor the last admin.',
  ...guarded(currentUser, requires('auth:users:delete'), sudo),
  responses: { 204: empty('The user is gone.') },
  ...problems(userAbove, noSuchUser, 'last_admin', 'overloaded'),
})

export const userStateRouter = createRouter()
  .openapi(disable, async (c) => {
    const { id } = c.req.valid('param')
    const account = await (await service()).changeState(
      c.get('deps'),
      sessionOf(c.get('actor')),
      id,
      'disable',
    )
    return reply(c, AdminUser, adminUserResponse(account), 200)
  })
  .openapi(enable, async (c) => {
    const { id } = c.req.valid('param')
    const account = await (await service()).changeState(
      c.get('deps'),
      sessionOf(c.get('actor')),
      id,
      'enable',
    )
    return reply(c, AdminUser, adminUserResponse(account), 200)
  })
  .openapi(passwordReset, async (c) => {
    await (await service()).sendPasswordReset(
      c.get('deps'),
      sessionOf(c.get('actor')),
      c.req.valid('param').id,
    )
    return replyAccepted(c)
  })
  .openapi(verifyEmail, async (c) => {
    const { id } = c.req.valid('param')
    const account = await (await service()).changeState(
      c.get('deps'),
      sessionOf(c.get('actor')),
      id,
      'verifyEmail',
    )
    return reply(c, AdminUser, adminUserResponse(account), 200)
  })
  .openapi(deletion, async (c) => {
    await (await service()).deleteUser(
      c.get('deps'),
      sessionOf(c.get('actor')),
      c.req.valid('param').id,
    )
    return replyEmpty(c)
  })
