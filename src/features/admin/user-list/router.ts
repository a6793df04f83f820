import { pageOf, readCursor } from '../../../http/paging.ts'
import { createRoute, createRouter, json, reply } from '../../../http/router.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { requires } from '../../../middleware/requires.ts'
import { UserList, UserQuery, userList } from './schemas.ts'

/** Loaded with the first request of an admin, so that no start pays for it. */
const service = () => import('./service.ts')

const list = createRoute({
  method: 'get',
  path: '/admin/users',
  tags: ['admin'],
  operationId: 'listUsers',
  summary: 'Users, the last created first',
  ...guarded(currentUser, requires('auth:users:read')),
  request: { query: UserQuery },
  responses: { 200: json(UserList, 'A page of users.') },
})

export const userListRouter = createRouter().openapi(list, async (c) => {
  const { search, limit, cursor, ...given } = c.req.valid('query')
  const filters = {
    ...{ role: given.role, state: given.state },
    ...{ createdFrom: given.created_after, createdBefore: given.created_before },
  }
  if (search === undefined) {
    const after = readCursor(cursor, { id: 'uuid' })?.id
    const found = await (await service()).listUsers(c.get('deps'), filters, { after, limit })
    return reply(c, UserList, userList(pageOf(found, limit, ({ id }) => ({ id }))), 200)
  }
  const after = readCursor(cursor, { identifier: 'text' })?.identifier
  const found = await (await service()).findUsers(
    c.get('deps'),
    { ...filters, search },
    { after, limit },
  )
  const page = pageOf(found, limit, ({ identifier }) => ({ identifier }))
  return reply(c, UserList, userList(page), 200)
})
