import { OpenAPIHono } from '@hono/zod-openapi'
import type { Deps } from './deps.ts'
import { AppError } from './errors.ts'
import { features } from './features/index.ts'
import { docsRouter } from './features/meta/docs/router.ts'
import type { AppEnv } from './http/context.ts'
import { openapiDocument } from './http/openapi.ts'
import { notFound, onError, problem } from './http/problem.ts'
import { accessLog } from './middleware/access-log.ts'
import { requestContext } from './middleware/request-context.ts'

/** Makes the whole service from its dependencies. Several may live in one process. */
export function createApp(deps: Deps): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>()
  app.onError(onError)
  app.notFound(notFound)
  app.use(requestContext(deps), accessLog)
  for (const feature of features) app.route('/', feature)
  app.route('/', docsRouter(openapiDocument(app, deps.config.projectName, deps.version)))
  refuseOtherMethods(app)
  return app
}

/** Answers another method on a known path with 405 and the methods that it has (RFC 9110 section 15.5.6). */
function refuseOtherMethods(app: OpenAPIHono<AppEnv>): void {
  const endpoints = app.routes.filter((route) => route.method !== 'ALL')
  for (const [path, routes] of Map.groupBy(endpoints, (route) => route.path)) {
    const methods = new Set(
      routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    )
    const allow = [...methods, 'OPTIONS'].join(', ')
    app.all(path, (c) =>
      problem(c, new AppError('method_not_allowed', { detail: `Use ${allow}.` }), { allow }),
    )
  }
}
