import { userAbove } from '../../../core/access/acting.ts'
import { everybodys, grantRole, noSuchRole, revokeRole } from '../../../core/access/grant.ts'
import { findAccount } from '../../../core/accounts/find-account.ts'
import { sessionOf } from '../../../core/sessions/authenticate.ts'
import { AdminUser, adminUserResponse } from '../../../http/admin-user.ts'
import { createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { requires } from '../../../middleware/requires.ts'
import { sudo } from '../../../middleware/step-up.ts'
import { UserRolePath } from './schemas.ts'

const grant = createRoute({
  method: 'put',
  path: '/admin/users/{id}/roles/{role}',
  tags: ['admin'],
  operationId: 'grantRole',
  summary: 'Grant a role to a user',
  description:
    'The next request of the user has it. Nobody grants a role with permissions of the service that they do not have.',
  ...guarded(currentUser, requires('auth:roles:grant'), sudo),
  request: { params: UserRolePath },
  responses: { 200: json(AdminUser, 'The user, who has the role.') },
  ...problems(userAbove, noSuchRole, everybodys, 'overloaded'),
})

const revoke = createRoute({
  method: 'delete',
  path: '/admin/users/{id}/roles/{role}',
  tags: ['admin'],
  operationId: 'revokeRole',
  summary: 'Revoke a role of a user',
  description: 'The next request of the user has it no more. The last admin stays one.',
  ...guarded(currentUser, requires('auth:roles:grant'), sudo),
  request: { params: UserRolePath },
  responses: { 200: json(AdminUser, 'The user, who has not the role.') },
  ...problems(userAbove, noSuchRole, everybodys, 'last_admin', 'overloaded'),
})

export const userRolesRouter = createRouter()
  .openapi(grant, async (c) => {
    const deps = c.get('deps')
    const { id: targetId, role } = c.req.valid('param')
    await grantRole(deps, sessionOf(c.get('actor')), { targetId, role })
    return reply(c, AdminUser, adminUserResponse(await findAccount(deps, targetId)), 200)
  })
  .openapi(revoke, async (c) => {
    const deps = c.get('deps')
    const { id: targetId, role } = c.req.valid('param')
    await revokeRole(deps, sessionOf(c.get('actor')), { targetId, role })
    return reply(c, AdminUser, adminUserResponse(await findAccount(deps, targetId)), 200)
  })
