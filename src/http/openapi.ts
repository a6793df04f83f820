import { type OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import { PROBLEMS } from '../errors.ts'
import { once } from '../utils/once.ts'
import type { AppEnv } from './context.ts'
import {
  PROBLEM_SCHEMAS,
  PROBLEMS_OF_ANY_REQUEST,
  problemResponses,
  type RouteProblem,
  refusedBody,
} from './problem-docs.ts'

const DESCRIPTION = `Sign-up, log-in by username or email, tokens and sessions for browser apps; verified emails, forgotten passwords,
and changes of the email by links in mails.

Every error is \`application/problem+json\` (RFC 9457) with a stable \`code\`. Any request may also be answered by
${PROBLEMS_OF_ANY_REQUEST.map((code) => `${PROBLEMS[code].status} \`${code}\``).join(', ')}. Send the access token as
\`Authorization: Bearer …\`; only \`POST /auth/refresh\` takes the refresh token instead.

The \`token\` in a body is that of a link in a mail: it works once, for what the mail is about, and none of the examples is one.
In development the mails are at \`/dev/mail\`.`

const bearer = (description: string) => ({
  type: 'http' as const,
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description,
})

/** The OpenAPI 3.1 document of all mounted routes as JSON text; built when first asked for, then kept. */
export function openapiDocument(
  app: OpenAPIHono<AppEnv>,
  title: string,
  version: string,
): () => string {
  return once(() => JSON.stringify(build(app, title, version)))
}

/** What a route literal holds besides what OpenAPI knows (middleware/guards.ts). */
type Route = RouteConfig & {
  problems?: RouteProblem[]
  guards?: readonly { problems: readonly RouteProblem[]; permission?: string }[]
}

/**
 * Puts the problems of a route among its responses, and its permission into the description. A body that gives no refused
 * example of its own is shown empty.
 */
function documentGuards(route: Route): void {
  const { problems = [], guards = [], request } = route
  const query = request?.query
  const media = request?.body?.content['application/json']
  const schema = media && 'schema' in media ? media.schema : undefined
  const all = [
    ...guards.flatMap((guard) => guard.problems),
    ...(schema instanceof z.ZodType ? [refusedBody(schema, {})] : []),
    ...(query instanceof z.ZodType ? [refusedBody(query, { limit: '0' })] : []),
    ...problems,
  ]
  route.responses = { ...route.responses, ...problemResponses(all) }
  const needed = guards.flatMap(({ permission }) =>
    permission ? [`Needs the permission \`${permission}\`.`] : [],
  )
  if (needed.length > 0) route.description = [route.description, ...needed].join(' ').trim()
  delete route.problems
  delete route.guards
}

function build(app: OpenAPIHono<AppEnv>, title: string, version: string) {
  const registry = app.openAPIRegistry
  for (const definition of registry.definitions) {
    if (definition.type === 'route') documentGuards(definition.route)
  }
  for (const [name, schema] of Object.entries(PROBLEM_SCHEMAS)) {
    registry.registerComponent('schemas', name, schema)
  }
  registry.registerComponent(
    'securitySchemes',
    'access_token',
    bearer('The access token of a log-in or refresh.'),
  )
  registry.registerComponent(
    'securitySchemes',
    'refresh_token',
    bearer('The refresh token, for `POST /auth/refresh` alone.'),
  )
  registry.registerComponent('securitySchemes', 'session_cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-Http-ea_session',
    description:
      'The cookie of a log-in with `transport: cookie`, for pages of this service and of COOKIE_ORIGINS: with their `Origin`, and the header `X-Edge-Auth: 1`. Where an access token is taken it is taken, too, unless `Authorization` is there.',
  })
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title,
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    },
    // Relative to the document, so that it is right under a path prefix too.
    servers: [{ url: '.', description: 'This server' }],
    tags: [
      { name: 'auth', description: 'Sign-up, log-in and tokens' },
      // Before the account, whose deletion is the last that anybody tries.
      { name: 'factors', description: 'Authenticator app, passkeys and recovery codes' },
      { name: 'account', description: 'Sessions, password, email and the links of mails' },
      {
        name: 'admin',
        description: 'For those whose roles have the permission that a route names',
      },
      { name: 'keys', description: 'For services that verify tokens themselves' },
      { name: 'health', description: 'Probes' },
    ],
    // What a route does not say itself: it needs no token.
    security: [],
  })
}
