import fc from 'fast-check'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { dropRoles } from '../support/acting.ts'
import { grantRole } from '../support/admin.ts'
import { WORDS } from '../support/fuzz-json.ts'
import {
  type FuzzRequest,
  requestsTo,
  type Target,
  targetOf,
  withPathValues,
  worstTo,
} from '../support/fuzz-requests.ts'
import { complaints, routeFor } from '../support/fuzz-verdict.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { type Document, routesOf } from '../support/openapi.ts'
import { madeFor } from '../support/path-params.ts'
import { createTestApp } from '../support/runtime.ts'
import { personWith, sidOf } from '../support/sessions.ts'

/** Pages for people, and what stands beside them. */
const PAGES: Target[] = [
  ...['/', '/docs', '/docs/', '/openapi.json', '/docs/swagger-ui-dist/swagger-ui.css'],
  ...['/dev/mail', '/dev/mail/{id}', '/dev/mail/{id}/html'],
  ...['/verify-email', '/reset-password', '/confirm-email', '/undo-email-change'],
].map((path) => ({ method: 'GET', path }))
const FORMS: Target[] = [
  '/verify-email',
  '/reset-password',
  '/confirm-email',
  '/undo-email-change',
].map((path) => ({ method: 'POST', path, form: true }))
const UNKNOWN: Target[] = ['/nowhere', '/auth', '/auth/{id}', '/{id}', '/.well-known/{id}'].map(
  (path) => ({ method: 'POST', path, fields: {} }),
)

/** These let nobody in without a token from a mail. */
const LINKS = new Set(
  ['email/verify', 'email/confirm', 'email/undo', 'password/reset'].map(
    (path) => `POST /auth/${path}`,
  ),
)

/** How far one comes without a factor, a code of it, what an authenticator signs or a sign-in at a provider, which nothing that is made up is. */
const FURTHEST: Readonly<Record<string, number>> = {
  'POST /auth/code/verify': 401,
  'POST /auth/mfa/verify': 422,
  'POST /auth/passkeys/login': 422,
  'POST /auth/session/token': 401,
  'POST /auth/reauth': 401,
  'DELETE /auth/factors/totp': 404,
  'POST /auth/factors/totp/confirm': 422,
  'POST /auth/factors/passkeys': 400,
  'PATCH /auth/factors/passkeys/{id}': 404,
  'DELETE /auth/factors/passkeys/{id}': 404,
  'POST /auth/factors/recovery-codes': 403,
  'POST /auth/oauth/{provider}/start': 404,
  'POST /auth/oauth/exchange': 400,
  'POST /auth/identities': 400,
  'DELETE /auth/identities/{id}': 404,
}

/** After one of these the person's session, tokens or password are no longer what they were. */
const CHANGES = new Set([
  'PATCH /auth/me',
  ...['POST /auth/refresh', 'POST /auth/logout', 'POST /auth/logout-all', 'POST /auth/password'],
  ...['DELETE /auth/me', 'DELETE /auth/sessions/{id}'],
])

const { runs, seed } = inject('fuzz')
console.log(`fuzz: ${runs} requests a route from seed ${seed}; FUZZ_RUNS and FUZZ_SEED change them`)

const t = await createTestApp()
const document: Document = await (await t.get('/openapi.json')).json()
const routes = routesOf(document)
const pagePaths = new Set(PAGES.map(({ path }) => path))
afterAll(async () => {
  await takeRolesAway()
  await t.close()
})

let subject = await personWith(t, 1)
/**
 * Asks for what needs a permission. Each such route is about rows that were made for it (path-params.ts), never about the
 * admin or about what other tests have in the same database.
 */
const admin = await personWith(t, 1)
await grantRole(t, admin.person.id, 'admin')
/** What the path of the present route is about. */
let values: Record<string, string> = {}

/** Takes away what roles there are because of this file: at most a hundred may be in a database, and others use it too. */
async function takeRolesAway(): Promise<void> {
  await dropRoles(t)
  await t.column(`delete from edge_auth.roles where name in (select details->>'role'
    from edge_auth.audit_events where event = 'role_created' and actor_id = ${quoted(admin.person.id)})
    returning name`)
}

/** Makes anew what the path of a target is about. */
async function makeValues({ path, isForAdmins }: Target): Promise<void> {
  await takeRolesAway()
  values = isForAdmins ? await madeFor(t, path) : {}
}

async function send(
  { method, target, headers, bearer, body }: FuzzRequest,
  { isForAdmins }: Target,
): Promise<Response> {
  const { person, sessions } = isForAdmins ? admin : subject
  const [tokens] = sessions
  const unused = uniqueName()
  const replaced = (text: string) =>
    withPathValues(text, values, sidOf(tokens))
      .replaceAll(WORDS.username, person.username)
      .replaceAll(WORDS.email, person.email)
      .replaceAll(WORDS.unused, unused)
      .replaceAll(WORDS.session, sidOf(tokens))
  const all = new Headers()
  for (const [name, value] of headers) all.append(name, value)
  if (bearer.is === 'text') all.set('authorization', bearer.text)
  else if (bearer.is !== 'none') all.set('authorization', `Bearer ${tokens[`${bearer.is}_token`]}`)
  const answer = await t.request(`http://localhost${replaced(target)}`, {
    method,
    headers: all,
    ...(body !== undefined && {
      // As bytes, for a text has a media type of its own.
      body: typeof body === 'string' ? new TextEncoder().encode(replaced(body)) : body,
    }),
  })
  return answer
}

/**
 * Asserts that nothing is wrong with the answer to any of these requests, and gives the routes and statuses that were met.
 * The person who asks is another one after each change.
 */
async function hold(target: Target): Promise<Set<string>> {
  const statuses = new Set<string>()
  await makeValues(target)
  const examples = worstTo(target).map((one): [FuzzRequest] => [one])
  await fc.assert(
    fc.asyncProperty(requestsTo(target), async (request) => {
      const { method } = request
      const before = t.log.length
      const answer = await send(request, target)
      const route = routeFor(routes, method, request.target)
      if (route) statuses.add(`${route.name} ${answer.status}`)
      const isPage = !route && pagePaths.has(pageOf(request.target))
      const found = await complaints(document, { route, method, isPage }, answer)
      const logged = t.log.slice(before).filter(({ level }) => level === 'error')
      expect([...found, ...logged]).toEqual([])
      if (answer.ok && route && CHANGES.has(route.name)) subject = await personWith(t, 1)
      if (answer.ok && target.isForAdmins && method !== 'GET') await makeValues(target)
    }),
    { seed, examples, numRuns: examples.length + runs },
  )
  return statuses
}

function pageOf(target: string): string {
  const { pathname } = new URL(`http://localhost${target}`)
  return pathname.replace(/^(\/dev\/mail)\/[^/]+/, '$1/{id}')
}

describe('whatever is sent, the answer is a documented one', () => {
  it.each(routes.map((route) => [route.name, route] as const))('to %s', async (name, route) => {
    const statuses = await hold(targetOf(document, route))
    // A corpus of which nothing gets in would show little.
    const success = Object.keys(route.responses).find((status) => status < '300')
    expect(statuses).toContain(`${name} ${FURTHEST[name] ?? (LINKS.has(name) ? 400 : success)}`)
  })

  it.each(
    [...PAGES, ...FORMS, ...UNKNOWN].map((one) => [`${one.method} ${one.path}`, one] as const),
  )('to %s', async (_, target) => {
    await hold(target)
  })
})

it('the admin is an admin to the end', async () => {
  const [{ access_token }] = admin.sessions
  const me = await (await t.get('/auth/me', access_token)).json()
  expect(me).toMatchObject({ username: admin.person.username, roles: ['admin', 'user'] })
})
