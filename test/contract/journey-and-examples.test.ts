import { readFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { PROBLEMS } from '../../src/errors.ts'
import { PROBLEMS_OF_ANY_REQUEST } from '../../src/http/problem-docs.ts'
import { adminOf } from '../support/admin.ts'
import { PASSWORD } from '../support/app.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { askedCode } from '../support/codes.ts'
import { logInByCookie, OWN_PAGE } from '../support/cookies.ts'
import { codeOf, enrolledPerson, mfaToken } from '../support/factors.ts'
import { FEDERATED, profileOf, vouch } from '../support/federated.ts'
import { browserOf, foundTo } from '../support/flow-browser.ts'
import { linkedIdentity } from '../support/identities.ts'
import { tokenTo } from '../support/links.ts'
import { uniqueName } from '../support/names.ts'
import {
  type Document,
  exampleOf,
  faults,
  permissionOf,
  type Route,
  routesOf,
} from '../support/openapi.ts'
import { assertion, optionsOf, personWithPasskey } from '../support/passkeys.ts'
import { filled, madeFor } from '../support/path-params.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { setUser } from '../support/sessions.ts'

const t = await createTestApp()
const document: Document = await (await t.get('/openapi.json')).json()
const routes = routesOf(document)
const signedUp = exampleOf(document, document.components.schemas.SignupRequest) as {
  username: string
  email: string
}
afterAll(() => t.close())

it('the comparison with the document finds what is wrong', () => {
  const { User } = document.components.schemas
  const user = exampleOf(document, User) as Record<string, unknown>
  expect(faults(document, User, user)).toEqual([])
  for (const patch of [{ id: 1 }, { id: 'x' }, { email: undefined }, { password_hash: '$' }]) {
    expect(faults(document, User, { ...user, ...patch })).not.toEqual([])
  }
})

it('the journey answers as documented, to the last member', async () => {
  const username = uniqueName()
  const email = `${username}@example.org`
  const password = PASSWORD
  const login = { username_or_email: username, password }
  let access = ''
  let refresh = ''
  let other = ''
  const steps: [string, () => Promise<Response>][] = [
    ['POST /auth/signup', () => t.post('/auth/signup', { username, email, password })],
    ['POST /auth/signup', () => t.post('/auth/signup', { username, email, password })],
    ['POST /auth/login', () => t.post('/auth/login', { ...login, password: 'wrong horse' })],
    ['POST /auth/login', () => t.post('/auth/login', login)],
    ['POST /auth/login', () => t.post('/auth/login', login)],
    ['POST /auth/refresh', () => t.refresh(refresh)],
    ['GET /auth/me', () => t.get('/auth/me', access)],
    ['GET /auth/sessions', () => t.get('/auth/sessions', access)],
    ['DELETE /auth/sessions/{id}', () => remove(other)],
    ['DELETE /auth/sessions/{id}', () => remove(other)],
    ['POST /auth/password', () => change('wrong horse', `${password}!`)],
    ['POST /auth/password', () => change(password, username)],
    ['POST /auth/password', () => change(password, `${password}!`)],
    ['POST /auth/logout-all', () => t.post('/auth/logout-all', { keep_current: true }, access)],
    ['POST /auth/logout', () => t.post('/auth/logout', {}, access)],
    ['GET /auth/me', () => t.get('/auth/me', access)],
    ['GET /.well-known/jwks.json', () => t.get('/.well-known/jwks.json')],
    ['GET /health', () => t.get('/health')],
    ['GET /health/ready', () => t.get('/health/ready')],
  ]
  const remove = (id: string) =>
    t.request(`/auth/sessions/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${access}` },
    })
  const change = (current_password: string, new_password: string) =>
    t.post('/auth/password', { current_password, new_password }, access)

  const statuses: number[] = []
  for (const [name, act] of steps) {
    const answer = await act()
    const reply = routes.find((route) => route.name === name)?.responses[answer.status]
    expect(reply, `${name} answered ${answer.status}`).toBeDefined()
    const text = await answer.text()
    const media = Object.values(reply?.content ?? {})[0]
    const body = media ? JSON.parse(text) : undefined
    if (media) expect(faults(document, media.schema, body), name).toEqual([])
    else expect(text).toBe('')
    statuses.push(answer.status)
    if (body?.refresh_token) [access, refresh] = [body.access_token, body.refresh_token]
    if (body?.sessions) {
      other = body.sessions.find(({ current }: { current: boolean }) => !current).id
    }
  }
  expect(statuses).toEqual([
    201, 409, 401, 200, 200, 200, 200, 200, 204, 404, 401, 422, 204, 204, 204, 401, 200, 200, 200,
  ])
})

it('every example in the document satisfies its schema', () => {
  let examples = 0
  for (const route of routes) {
    const media = [route.requestBody, ...Object.values(route.responses)].flatMap((part) =>
      Object.values(part?.content ?? {}),
    )
    for (const { schema, example, examples: named } of media) {
      const given = [example, ...Object.values(named ?? {}).map(({ value }) => value)]
      for (const value of [...given, exampleOf(document, schema)]) {
        if (value === undefined) continue
        expect(faults(document, schema, value), route.name).toEqual([])
        examples++
      }
    }
  }
  expect(examples).toBeGreaterThan(50)
})

/** Where the token of a mail has to be put in place of the example, and which page its link leads to. */
const LINK_PAGES: Record<string, string> = {
  '/auth/email/verify': '/verify-email',
  '/auth/email/confirm': '/confirm-email',
  '/auth/email/undo': '/undo-email-change',
  '/auth/password/reset': '/reset-password',
}
/** After these somebody has to log in again, as their descriptions say. */
const ENDS_THE_SESSION = ['/auth/email/undo', '/auth/password/reset', '/auth/logout']

/** What is tried by somebody else, who has a factor or is about to, so that the journey goes on by the password alone. */
const BY_OTHERS = [
  ...['POST /auth/code/verify', 'POST /auth/mfa/verify', 'POST /auth/passkeys/login'],
  ...['POST /auth/factors/totp/confirm', 'POST /auth/oauth/exchange', 'POST /auth/session/token'],
]

/** What is put in the place of an example, and who asks. */
type Staged = {
  body?: object
  token?: string
  id?: string
  cookie?: string
  headers?: Record<string, string>
}

/** Said to a browser that a provider sends back, by a page or in the address of the app, and to no caller of an operation. */
const OF_THE_WAY_BACK = ['oauth_state_invalid', 'provider_denied'] as const

it('no example is a token that works', async () => {
  for (const path of Object.keys(LINK_PAGES)) {
    const route = routes.find((one) => one.path === path)
    const schema = route?.requestBody?.content['application/json']?.schema
    await expectProblem(
      await t.post(path, exampleOf(document, schema ?? {})),
      'one_time_token_invalid',
    )
  }
})

it('every operation succeeds by its example, in the order of the document, after the tour of the quick start', async () => {
  const fresh = await createTestApp({ env: FEDERATED })
  const tour = /auth\/signup -d '(.+)'/.exec(readFileSync('docs/quick-start.md', 'utf8'))?.[1] ?? ''
  expect((await fresh.post('/auth/signup', tour)).status).toBe(201)

  const admin = await adminOf(fresh)
  const tokens = { access_token: '', refresh_token: '' }
  let other = ''
  const enrolled = await enrolledPerson(fresh)
  // Otherwise a mailed code would take password and factors away.
  await setUser(fresh, enrolled, 'email_verified_at = now()')
  const holder = await personWithPasskey(fresh)
  const authenticator = await createAuthenticator()
  /** What a person has to put in place of an example: codes, what an authenticator signs, and who has a factor. */
  const staged: Record<string, () => Promise<Staged>> = {
    'POST /auth/code/verify': async () => ({
      body: await askedCode(fresh, enrolled.email),
    }),
    'POST /auth/mfa/verify': async () => {
      const mfa_token = await mfaToken(fresh, enrolled)
      const [recovery_code] = enrolled.codes
      return { body: { mfa_token, recovery_code } }
    },
    'POST /auth/oauth/{provider}/start': async () => ({ id: 'fake' }),
    'POST /auth/oauth/exchange': async () => {
      const browser = browserOf(fresh)
      const code = await browser.arrive(vouch(profileOf()))
      return { body: { code }, cookie: browser.cookie() }
    },
    'POST /auth/identities': () => foundTo(fresh, enrolled),
    'POST /auth/passkeys/login': async () => ({ body: await assertion(fresh, holder) }),
    'POST /auth/session/token': async () => ({
      cookie: await logInByCookie(fresh, await fresh.signup()),
      headers: OWN_PAGE,
    }),
    'POST /auth/factors/totp/confirm': async () => {
      const { access_token: token } = await fresh.login(await fresh.signup())
      const begun = await fresh.post('/auth/factors/totp', {}, token)
      const { otpauth_uri: uri } = await begun.json()
      return { body: { totp_code: codeOf(fresh, uri) }, token }
    },
    'DELETE /auth/factors/totp': async () => {
      const { tokens: of } = await enrolledPerson(fresh)
      return { token: of.access_token }
    },
    'POST /auth/factors/passkeys': async () => {
      const { public_key, challenge_token } = await optionsOf(fresh, tokens)
      const credential = await authenticator.create({ challenge: public_key.challenge })
      return { body: { challenge_token, credential } }
    },
    'POST /auth/factors/recovery-codes': async () => ({ token: enrolled.tokens.access_token }),
    'DELETE /auth/identities/{id}': async () => {
      const me = await (await fresh.get('/auth/me', tokens.access_token)).json()
      return { id: await linkedIdentity(fresh, me) }
    },
  }
  const send = async (route: Route) => {
    const stage = await staged[route.name]?.()
    const schema = route.requestBody?.content['application/json']?.schema
    const example = schema && (exampleOf(document, schema) as Record<string, unknown>)
    const page = LINK_PAGES[route.path]
    const shown = page ? { ...example, token: await mailed(page) } : example
    const body = example && JSON.stringify(stage?.body ?? shown)
    const [scheme] = Object.keys(route.security?.[0] ?? {}) as (keyof typeof tokens)[]
    const isForAdmins = permissionOf(route) !== undefined
    // As the page does, which fills in a session from the list of them.
    const values = isForAdmins ? await madeFor(fresh, route.path) : (stage?.id ?? other)
    const token = isForAdmins ? admin.token : (stage?.token ?? (scheme && tokens[scheme]))
    return fresh.request(filled(route.path, values), {
      method: route.method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(stage?.cookie && { cookie: stage.cookie }),
        ...stage?.headers,
      },
      ...(body && { body }),
    })
  }
  const { email: own } = signedUp
  const { new_email: wanted } = exampleOf(document, document.components.schemas.EmailChange) as {
    new_email: string
  }
  const mailed = (page: string) => tokenTo(fresh, page === '/confirm-email' ? wanted : own, page)
  const logIn = async () => {
    const route = routes.find(({ path }) => path === '/auth/login')
    if (route) Object.assign(tokens, await (await send(route)).json())
  }

  const done: [string, number][] = []
  for (const route of routes) {
    // By the form of the page, before the same is done by hand.
    if (route.path === '/auth/login') await logIn()
    const answer = await send(route)
    done.push([route.name, answer.status])
    const result = await answer.json().catch(() => ({}))
    if (result.refresh_token && !BY_OTHERS.includes(route.name)) Object.assign(tokens, result)
    if (route.path === '/auth/sessions') {
      other = result.sessions.find(({ current }: { current: boolean }) => !current).id
    }
    other = result.passkey?.id ?? other
    if (ENDS_THE_SESSION.includes(route.path)) await logIn()
  }
  expect(done.filter(([, status]) => status >= 300)).toEqual([])
  expect(done.length).toBe(routes.length)
  await fresh.close()
})

it('every problem code is documented, each under its own status', () => {
  const documented = new Map<string, string>()
  for (const { responses } of routes) {
    for (const [status, { content }] of Object.entries(responses)) {
      const { examples } = content?.['application/problem+json'] ?? {}
      for (const code of Object.keys(examples ?? {})) documented.set(code, status)
    }
  }
  for (const code of PROBLEMS_OF_ANY_REQUEST) {
    expect(document.info.description).toContain(`${PROBLEMS[code].status} \`${code}\``)
    // A route may have this one too, of what it finds.
    if (code !== 'not_found') expect([...documented.keys()]).not.toContain(code)
    documented.set(code, String(PROBLEMS[code].status))
  }
  const start = routes.find(({ path }) => path === '/auth/oauth/{provider}/start')
  for (const code of OF_THE_WAY_BACK) {
    expect(start?.description).toContain(`\`${code}\``)
    documented.set(code, String(PROBLEMS[code].status))
  }
  expect(Object.fromEntries(documented)).toEqual(
    Object.fromEntries(
      Object.entries(PROBLEMS).map(([code, { status }]) => [code, String(status)]),
    ),
  )
})
