import { readFileSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { PROBLEMS } from '../../src/errors.ts'
import { PASSWORD } from '../support/app.ts'
import { uniqueName } from '../support/names.ts'
import { type Document, exampleOf, faults, routesOf } from '../support/openapi.ts'
import { createTestApp } from '../support/runtime.ts'

const t = await createTestApp()
const document: Document = await (await t.get('/openapi.json')).json()
const routes = routesOf(document)
const signedUp = exampleOf(document, document.components.schemas.SignupRequest) as object
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

it('every operation succeeds by its example, in the order of the document, after the tour of the README', async () => {
  const fresh = await createTestApp()
  const tour = /auth\/signup -d '(.+)'/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? ''
  expect((await fresh.post('/auth/signup', tour)).status).toBe(201)

  const tokens = { access_token: '', refresh_token: '' }
  let other = ''
  const done: [string, number][] = []
  for (const route of routes) {
    const schema = route.requestBody?.content['application/json']?.schema
    const body = schema && JSON.stringify(exampleOf(document, schema))
    const [scheme] = Object.keys(route.security?.[0] ?? {}) as `${keyof typeof tokens}`[]
    const send = () =>
      // As the page does, which fills in a session from the list of them.
      fresh.request(route.path.replace('{id}', other), {
        method: route.method,
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(scheme && { authorization: `Bearer ${tokens[scheme]}` }),
        },
        ...(body && { body }),
      })
    // By the form of the page, before the same is done by hand.
    if (route.path === '/auth/login') await send()
    const answer = await send()
    done.push([route.name, answer.status])
    const result = await answer.json().catch(() => ({}))
    if (result.refresh_token) Object.assign(tokens, result)
    if (result.sessions) {
      other = result.sessions.find(({ current }: { current: boolean }) => !current).id
    }
  }
  expect(done.filter(([, status]) => status >= 300)).toEqual([])
  expect(done.length).toBe(routes.length)
  await fresh.close()
})

/** What is refused as the examples of 409 and 422 say; the tokens are those of somebody logged in. */
const REFUSED: Record<string, Record<number, unknown>> = {
  '/auth/signup': {
    409: { ...signedUp, username: 'another.name' },
    422: { username: 'grace hopper', email: 'grace', password: 'password' },
  },
  '/auth/login': { 422: {} },
  '/auth/password': { 422: { new_password: 'password' } },
  '/auth/logout-all': { 422: { keep_current: 'yes' } },
}

it('the examples of 409 and 422 are what the service answers, to the last word', async () => {
  await t.post('/auth/signup', signedUp)
  const { access_token } = await t.login(await t.signup())
  const shown = routes.flatMap(({ path, responses }) =>
    [409, 422].flatMap((status) => {
      const named = responses[status]?.content?.['application/problem+json']?.examples ?? {}
      return Object.values(named).map(({ value }) => ({ path, status, value }))
    }),
  )
  expect(shown.map(({ path, status }) => `${path} ${status}`).sort()).toEqual(
    Object.entries(REFUSED)
      .flatMap(([path, by]) => Object.keys(by).map((status) => `${path} ${status}`))
      .sort(),
  )
  for (const { path, status, value } of shown) {
    const answer = await (await t.post(path, REFUSED[path]?.[status], access_token)).json()
    expect(answer.errors.length).toBeGreaterThan(0)
    expect({ ...answer, request_id: '' }).toEqual({ ...(value as object), request_id: '' })
  }
})

it('every problem code is documented, each under its own status', () => {
  const documented = new Map<string, string>()
  for (const { responses } of routes) {
    for (const [status, { content }] of Object.entries(responses)) {
      const { examples } = content?.['application/problem+json'] ?? {}
      for (const code of Object.keys(examples ?? {})) documented.set(code, status)
    }
  }
  // These belong to no route: another method, and requests that no route could read.
  const {
    method_not_allowed: _405,
    malformed_request: _400,
    request_timeout: _408,
    headers_too_large: _431,
    expectation_failed: _417,
    ...others
  } = PROBLEMS
  expect(Object.fromEntries(documented)).toEqual(
    Object.fromEntries(Object.entries(others).map(([code, { status }]) => [code, String(status)])),
  )
})
