import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { noSuchProvider, returnUrlRefused } from '../../../core/federation/refusals.ts'
import { PROBLEMS, type ProblemCode } from '../../../errors.ts'
import { prefersHtml } from '../../../http/accept.ts'
import type { AppEnv } from '../../../http/context.ts'
import { replyPage } from '../../../http/page.ts'
import { onError, problemHeaders, refusalOf } from '../../../http/problem.ts'
import { respond } from '../../../http/respond.ts'
import { body, createRoute, createRouter, json, problems, reply } from '../../../http/router.ts'
import { callerOf, TOKEN_PROBLEMS } from '../../../middleware/caller.ts'
import { clientOf } from '../../../middleware/client.ts'
import { type Flows, flowCookie } from '../../../middleware/flow-cookie.ts'
import { formBody } from '../../../middleware/form-body.ts'
import { guarded } from '../../../middleware/guards.ts'
import { jsonBody } from '../../../middleware/json-body.ts'
import { languageOf } from '../../../middleware/language.ts'
import { limited } from '../../../middleware/limited.ts'
import type { SignInProblem } from './page.ts'
import { OAuthStart, OAuthStarted, ProviderList, ProviderPath } from './schemas.ts'
import { endSignIn, startSignIn } from './service.ts'

const list = createRoute({
  method: 'get',
  path: '/auth/providers',
  tags: ['auth'],
  operationId: 'listProviders',
  summary: 'The providers that people can sign in at',
  responses: { 200: json(ProviderList, 'Those that are configured; none is an empty list.') },
})

const start = createRoute({
  method: 'post',
  path: '/auth/oauth/{provider}/start',
  tags: ['auth'],
  operationId: 'startOAuth',
  summary: 'Begin to sign in at a provider',
  description:
    'The app sends the browser to `authorization_url`. The provider sends it back to this service, and this one to `return_to`, with a `code` for `POST /auth/oauth/exchange`, or with an `error`, which is one of the codes of problems, such as `provider_denied` and `provider_failed`. A browser whose sign-in is over, or was begun in another one, is sent nowhere, and shown a page (`oauth_state_invalid`). A cookie binds all of it to this browser: call it with credentials (`credentials: "include"`). With `intent` `link` or `reauth` it needs an access token, and `link` a fresh proof.',
  ...guarded(limited, jsonBody, flowCookie),
  security: [{}, { access_token: [] }],
  request: { params: ProviderPath, ...body(OAuthStart) },
  responses: { 200: json(OAuthStarted, 'Where the browser goes next.') },
  ...problems(
    noSuchProvider,
    ...TOKEN_PROBLEMS,
    'step_up_required',
    returnUrlRefused,
    'provider_failed',
  ),
})

/** `flows` is there once the cookie was read. */
type CallbackEnv = AppEnv & { Variables: { flows?: Flows } }
type CallbackContext = Context<CallbackEnv>

const PAGES: Partial<Record<ProblemCode, SignInProblem>> = {
  oauth_state_invalid: 'state',
  too_many_requests: 'limited',
}

/** The answer to a browser that can be sent nowhere else: a page for people, a problem for programs. */
async function refuse(thrown: Error, c: CallbackContext): Promise<Response> {
  if (!prefersHtml(c.req.header('accept'))) return onError(thrown, c)
  const error = refusalOf(thrown, c)
  // Few come here, and no start has to wait for its words.
  const { signInPage } = await import('./page.ts')
  const { projectName: project, links, pages } = c.get('deps').config
  const language = languageOf(c)
  const page = signInPage(
    { language, project, logoUrl: pages.logoUrl, appUrl: links.appBaseUrl },
    PAGES[error.code] ?? 'failed',
  )
  return replyPage(c, page, PROBLEMS[error.code].status, {
    ...problemHeaders(error),
    'content-language': language,
    vary: 'Accept, Accept-Language, Origin',
  })
}

async function callback(c: CallbackContext, parameters: URLSearchParams): Promise<Response> {
  const flows = c.get('flows')
  const provider = c.req.param('provider') ?? ''
  const location = await endSignIn(
    c.get('deps'),
    { provider, parameters, secrets: flows?.secrets ?? [] },
    clientOf(c),
    { signal: c.req.raw.signal, codeOf: (thrown) => refusalOf(thrown, c).code },
  )
  flows?.goOn()
  return respond(c, null, 303, { location })
}

/** Hono's types know no middleware that adds to what an error handler already knows of. */
const withFlows = flowCookie.middleware as unknown as MiddlewareHandler<CallbackEnv>
const CALLBACK = '/auth/oauth/:provider/callback'

/** Where providers send browsers back to. No app calls it, so it is not among the operations. */
const callbacks = new Hono<CallbackEnv>()
  .onError(refuse)
  .get(CALLBACK, limited.middleware, withFlows, (c) => callback(c, new URL(c.req.url).searchParams))
  .post(CALLBACK, limited.middleware, withFlows, formBody.middleware, async (c) =>
    // What `formBody` leaves there.
    callback(c, (await c.req.bodyCache.formData) as unknown as URLSearchParams),
  )

export const oauthFlowRouter = createRouter()
  .openapi(list, (c) => {
    const providers = c.get('deps').providers.list.map(({ id, name }) => ({ id, name }))
    return reply(c, ProviderList, { providers }, 200)
  })
  .openapi(start, async (c) => {
    const { provider } = c.req.valid('param')
    const { intent = 'login', return_to: returnTo } = c.req.valid('json')
    const actor = intent === 'login' ? undefined : await callerOf(c)
    const { authorizationUrl, secret } = await startSignIn(
      c.get('deps'),
      { provider, intent, returnTo, actor },
      clientOf(c),
      c.req.raw.signal,
    )
    c.get('flows').begin(secret)
    return reply(c, OAuthStarted, { authorization_url: authorizationUrl }, 200)
  })

oauthFlowRouter.route('/', callbacks)
