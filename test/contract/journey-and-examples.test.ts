import { afterAll, expect, it } from 'vitest'
import { PROBLEMS } from '../../src/errors.ts'
import { PASSWORD } from '../support/app.ts'
import { uniqueName } from '../support/names.ts'
import { type Document, exampleOf, faults, routesOf } from '../support/openapi.ts'
import { createTestApp } from '../support/runtime.ts'

const t = await createTestApp()
const document: Document = await (await t.get('/openapi.json')).json()
const routes = routesOf(document)
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

it('every example of a request is accepted by the service', async () => {
  for (const { path, requestBody } of routes.filter(({ security }) => !security?.length)) {
    const schema = requestBody?.content['application/json']?.schema
    if (!schema) continue
    const answer = await t.post(path, exampleOf(document, schema))
    expect([200, 201], `${path} ${answer.status}`).toContain(answer.status)
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
