import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import type { AppEnv } from '../http/context.ts'
import { logRefusal } from './refusal-log.ts'

/**
 * Logs one line a request, and one more if a credential was refused. It has the route's pattern, because the path,
 * query and headers as sent can hold secrets.
 */
export const accessLog = createMiddleware<AppEnv>(async (c, next) => {
  const deps = c.get('deps')
  const startedAt = performance.now()
  await next()
  if (c.error) await logRefusal(c, c.error)
  deps.logger.info('request', {
    request_id: c.get('requestId'),
    method: c.req.method,
    route: routePath(c, -1),
    status: c.res.status,
    milliseconds: Math.round(performance.now() - startedAt),
  })
})
