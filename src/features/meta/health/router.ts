import { z } from '@hono/zod-openapi'
import { documented } from '../../../http/documented.ts'
import { createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { once } from '../../../utils/once.ts'
import { checkReadiness } from './service.ts'

const Health = once(() =>
  z.object({ status: documented(z.literal('ok'), { example: 'ok' }) }).openapi('Health'),
)

const live = createRoute({
  method: 'get',
  path: '/health',
  tags: ['health'],
  operationId: 'health',
  summary: 'Whether the process answers; never touches the database',
  responses: { 200: json(Health, 'It answers.') },
})

const ready = createRoute({
  method: 'get',
  path: '/health/ready',
  tags: ['health'],
  operationId: 'ready',
  summary:
    'Whether requests can be served: the database answers and has the schema of this version',
  responses: { 200: json(Health, 'It can serve.') },
  ...problems('service_unavailable'),
})

export const healthRouter = createRouter()
  .openapi(live, (c) => reply(c, Health, { status: 'ok' }, 200))
  .openapi(ready, async (c) => {
    await checkReadiness(c.get('deps'))
    return reply(c, Health, { status: 'ok' }, 200)
  })
