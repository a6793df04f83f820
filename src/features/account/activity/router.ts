import { pageOf, readCursor } from '../../../http/paging.ts'
import { createRoute, createRouter, json, reply } from '../../../http/router.ts'
import { accessToken } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { ActivityList, ActivityQuery, activityEvent } from './schemas.ts'
import { listActivity } from './service.ts'

const list = createRoute({
  method: 'get',
  path: '/auth/activity',
  tags: ['account'],
  operationId: 'listActivity',
  summary: "What happened to the user's account, the newest first",
  ...guarded(accessToken),
  request: { query: ActivityQuery },
  responses: { 200: json(ActivityList, 'One page of it.') },
})

export const activityRouter = createRouter().openapi(list, async (c) => {
  const { limit, cursor: given } = c.req.valid('query')
  const cursor = readCursor(given, { id: 'uuid' })?.id
  const found = await listActivity(c.get('deps'), c.get('claims'), { cursor, most: limit + 1 })
  const { rows, nextCursor } = pageOf(found, limit, ({ id }) => ({ id }))
  return reply(c, ActivityList, { events: rows.map(activityEvent), next_cursor: nextCursor }, 200)
})
