import { noSuchRole, roleAbove } from '../../../core/access/grant.ts'
import { sessionOf } from '../../../core/sessions/authenticate.ts'
import {
  body,
  createRoute,
  createRouter,
  empty,
  json,
  locationHeader,
  problems,
  refusedBody,
  reply,
  replyEmpty,
} from '../../../http/router.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { requires } from '../../../middleware/requires.ts'
import { sudo } from '../../../middleware/step-up.ts'
import {
  PermissionList,
  permissionList,
  RoleChange,
  RoleCreation,
  RoleList,
  RolePath,
  RoleResponse,
  roleResponse,
} from './schemas.ts'
import {
  changeRole,
  createRole,
  findRole,
  listRoles,
  nameTaken,
  permissionsAbove,
  removeRole,
} from './service.ts'

const permissions = createRoute({
  method: 'get',
  path: '/admin/permissions',
  tags: ['admin'],
  operationId: 'listPermissions',
  summary: "The service's own permissions",
  description: 'A role may have others besides, which only the application knows.',
  ...guarded(currentUser, requires('auth:roles:read')),
  responses: { 200: json(PermissionList, 'All, each with what it permits.') },
})

const list = createRoute({
  method: 'get',
  path: '/admin/roles',
  tags: ['admin'],
  operationId: 'listRoles',
  summary: 'All roles, by name',
  ...guarded(currentUser, requires('auth:roles:read')),
  responses: { 200: json(RoleList, 'All roles; there are at most 100.') },
})

const create = createRoute({
  method: 'post',
  path: '/admin/roles',
  tags: ['admin'],
  operationId: 'createRole',
  summary: 'Create a role',
  ...guarded(currentUser, requires('auth:roles:write'), sudo, jsonBody),
  request: body(RoleCreation),
  responses: {
    201: {
      ...json(RoleResponse, 'The role, which nobody has yet.'),
      headers: locationHeader('/admin/roles/editor'),
    },
  },
  ...problems(
    permissionsAbove,
    nameTaken,
    refusedBody(RoleCreation, { name: 'Editor', permissions: ['write'] }),
  ),
})

const show = createRoute({
  method: 'get',
  path: '/admin/roles/{name}',
  tags: ['admin'],
  operationId: 'getRole',
  summary: 'A role',
  ...guarded(currentUser, requires('auth:roles:read')),
  request: { params: RolePath },
  responses: { 200: json(RoleResponse, 'The role.') },
  ...problems(noSuchRole),
})

const change = createRoute({
  method: 'patch',
  path: '/admin/roles/{name}',
  tags: ['admin'],
  operationId: 'changeRole',
  summary: 'Change what a role permits',
  description:
    'The permissions given take the place of all former ones. The next request of everybody who has the role goes by them.',
  ...guarded(currentUser, requires('auth:roles:write'), sudo, jsonBody),
  request: { params: RolePath, ...body(RoleChange) },
  responses: { 200: json(RoleResponse, 'The role as it is now.') },
  ...problems(
    roleAbove,
    noSuchRole,
    refusedBody(RoleChange, { permissions: ['write'] }),
    'overloaded',
  ),
})

const deletion = createRoute({
  method: 'delete',
  path: '/admin/roles/{name}',
  tags: ['admin'],
  operationId: 'deleteRole',
  summary: 'Delete a role',
  description: 'It is revoked of everybody who has it. `admin` and `user` stay.',
  ...guarded(currentUser, requires('auth:roles:write'), sudo),
  request: { params: RolePath },
  responses: { 204: empty('The role is gone.') },
  ...problems(roleAbove, noSuchRole, 'overloaded'),
})

export const rolesRouter = createRouter()
  .openapi(permissions, (c) => reply(c, PermissionList, permissionList(), 200))
  .openapi(list, async (c) => {
    const roles = (await listRoles(c.get('deps'))).map(roleResponse)
    return reply(c, RoleList, { roles }, 200)
  })
  .openapi(create, async (c) => {
    const role = await createRole(c.get('deps'), sessionOf(c.get('actor')), c.req.valid('json'))
    const location = `/admin/roles/${role.name}`
    return reply(c, RoleResponse, roleResponse(role), 201, { location })
  })
  .openapi(show, async (c) => {
    const role = await findRole(c.get('deps'), c.req.valid('param').name)
    return reply(c, RoleResponse, roleResponse(role), 200)
  })
  .openapi(change, async (c) => {
    const { name } = c.req.valid('param')
    const wanted = c.req.valid('json')
    const role = await changeRole(c.get('deps'), sessionOf(c.get('actor')), name, wanted)
    return reply(c, RoleResponse, roleResponse(role), 200)
  })
  .openapi(deletion, async (c) => {
    await removeRole(c.get('deps'), sessionOf(c.get('actor')), c.req.valid('param').name)
    return replyEmpty(c)
  })
