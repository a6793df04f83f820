import { createRoute, createRouter, json, reply } from '../../../http/router.ts'
import { currentUser } from '../../../middleware/caller.ts'
import { guarded } from '../../../middleware/guards.ts'
import { requires } from '../../../middleware/requires.ts'
import { Settings } from './schemas.ts'
import { shownSettings } from './service.ts'

const show = createRoute({
  method: 'get',
  path: '/admin/settings',
  tags: ['admin'],
  operationId: 'showSettings',
  summary: 'The settings of the service, without its secrets',
  description: 'They are decided by its environment, and changed there.',
  ...guarded(currentUser, requires('auth:settings:read')),
  responses: {
    200: json(Settings, 'What the configuration decides.'),
  },
})

export const settingsRouter = createRouter().openapi(show, async (c) =>
  reply(c, Settings, await shownSettings(c.get('deps')), 200),
)
