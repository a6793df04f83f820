import { OpenAPIHono } from '@hono/zod-openapi'
import type { Deps } from './deps.ts'
import { AppError } from './errors.ts'
import { mailboxRouter } from './features/dev/mail/router.ts'
import { features } from './features/index.ts'
import { docsRouter } from './features/meta/docs/router.ts'
import { homeRouter } from './features/meta/home/router.ts'
import { hostedPagesRouter } from './features/pages/hosted/router.ts'
import { linkPagesRouter } from './features/pages/links/router.ts'
import type { AppEnv } from './http/context.ts'
import { openapiDocument } from './http/openapi.ts'
import { operationsOf } from './http/operations.ts'
import { notFound, onError, problem } from './http/problem.ts'
import { accessLog } from './middleware/access-log.ts'
import { failureAudit } from './middleware/failure-audit.ts'
import { inputGate } from './middleware/input-gate.ts'
import { requestContext } from './middleware/request-context.ts'

/** Makes the whole service from its dependencies. Several may live in one process. */
export function createApp(deps: Deps): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>()
  const { projectName: name, hasDocs, links, pages, signup } = deps.config
  const { version } = deps
  app.onError(onError)
  app.notFound(notFound)
  app.use(requestContext(deps), accessLog, failureAudit(), inputGate)
  for (const feature of features) app.route('/', feature)
  // The links of mails lead here, unless an app has pages for them.
  if (pages.isOn || links.appBaseUrl === undefined) app.route('/', linkPagesRouter)
  if (pages.isOn)
    app.route(
      '/',
      hostedPagesRouter((...request) => app.fetch(...request)),
    )
  if (deps.config.mail.provider === 'mailbox') app.route('/', mailboxRouter)
  app.route(
    '/',
    homeRouter(
      { name, version, hasDocs, hasPages: pages.isOn, hasSignup: signup.mode !== 'closed' },
      () => operationsOf(app),
    ),
  )
  if (hasDocs) app.route('/', docsRouter(openapiDocument(app, name, version)))
  refuseOtherMethods(app)
  refuseTrailingSlashes(app)
  return app
}

/** The mounted routes, without middleware. */
function endpointsOf(app: OpenAPIHono<AppEnv>) {
  return app.routes.filter(({ method }) => method !== 'ALL')
}

/** Answers another method on a known path with 405 and the methods that it has (RFC 9110 section 15.5.6). */
function refuseOtherMethods(app: OpenAPIHono<AppEnv>): void {
  for (const [path, routes] of Map.groupBy(endpointsOf(app), (route) => route.path)) {
    const methods = new Set(
      routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    )
    const allow = [...methods, 'OPTIONS'].join(', ')
    app.all(path, (c) =>
      problem(c, new AppError('method_not_allowed', { detail: `Use ${allow}.` }), { allow }),
    )
  }
}

/** Says what is wrong with a path that would be known without the slash at its end. */
function refuseTrailingSlashes(app: OpenAPIHono<AppEnv>): void {
  const detail = 'No endpoint has this path. Leave out the slash at its end.'
  for (const path of new Set(endpointsOf(app).map((route) => route.path))) {
    if (path.endsWith('/')) continue
    app.all(`${path}/`, (c) => problem(c, new AppError('not_found', { detail })))
  }
}
