import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { HOSTED_PATHS } from '../../src/features/pages/kit/paths.ts'
import { SECURITY_HEADERS } from '../../src/http/headers.ts'
import { adminOf } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import {
  type Document,
  exampleOf,
  faults,
  permissionOf,
  type Route,
  routesOf,
} from '../support/openapi.ts'
import { filled } from '../support/path-params.ts'
import { createTestApp } from '../support/runtime.ts'
import { type Pair, personWith } from '../support/sessions.ts'

const GOOD_ID = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
const app = await createTestApp()
const document: Document = await (await app.get('/openapi.json')).json()
const routes = routesOf(document)
/** An empty requirement means that it can do without a token. */
const guarded = routes.filter(
  ({ security = [] }) =>
    security.length > 0 && security.every((one) => Object.keys(one).length > 0),
)
const withBody = routes.filter(({ requestBody }) => requestBody)

/** Routes that ask for a permission are asked by an admin, and none of them ends the admin's own session. */
const admin = await adminOf(app)

let t: TestApp
let tokens: Pair
beforeEach(async () => {
  t = app
  // New ones, for some routes end sessions.
  tokens = (await personWith(t, 1)).sessions[0]
})
afterAll(() => t.close())

/** Which kind of token the document asks for, and the other one. */
function tokenFor(route: Route, { wrong = false } = {}): string | undefined {
  const [scheme] = Object.keys(route.security?.[0] ?? {})
  if (!scheme) return undefined
  if (permissionOf(route) && !wrong) return admin.token
  const isAccess = (scheme === 'access_token') !== wrong
  return isAccess ? tokens.access_token : tokens.refresh_token
}

type Sent = { token?: string | undefined; body?: string; type?: string | undefined }

/** Sends, and holds every answer against the document: its status, its schema, its headers. */
async function send(route: Route, { token, body, type = 'application/json' }: Sent = {}) {
  const answer = await t.request(filled(route.path, GOOD_ID), {
    method: route.method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && type && { 'content-type': type }),
    },
    // As bytes, for a text has a media type of its own.
    ...(body !== undefined && { body: new TextEncoder().encode(body) }),
  })
  const documented = route.responses[answer.status]
  expect(documented, `${route.name} answered ${answer.status}`).toBeDefined()
  const text = await answer.text()
  const [[mediaType, media] = []] = [Object.entries(documented?.content ?? {})[0] ?? []]
  if (media) {
    expect(answer.headers.get('content-type')).toBe(`${mediaType}; charset=utf-8`)
    expect(faults(document, media.schema, JSON.parse(text))).toEqual([])
  } else {
    expect(text).toBe('')
  }
  for (const [name, { required }] of Object.entries(documented?.headers ?? {})) {
    if (required) expect(answer.headers.get(name), name).not.toBeNull()
  }
  expectStrictHeaders(answer, route.path)
  return { status: answer.status, headers: answer.headers, body: media ? JSON.parse(text) : null }
}

function expectStrictHeaders({ headers }: Response, path: string): void {
  const { 'cache-control': noStore, ...strict } = SECURITY_HEADERS
  const isOpen = path === '/.well-known/jwks.json'
  expect(Object.fromEntries(headers)).toMatchObject({
    ...strict,
    ...(isOpen && { 'cross-origin-resource-policy': 'cross-origin' }),
  })
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  if (!isOpen || headers.has('allow')) expect(headers.get('cache-control')).toBe(noStore)
}

/** The routes that do without a body, and what they answer then. */
const DONE: Record<string, number> = {
  'POST /auth/email/verification': 202,
  'POST /auth/logout-all': 204,
}

/** Pages for people, which are in no document for programs. */
const PAGES =
  /^\/($|docs|openapi\.json|dev\/mail|verify-email|reset-password|confirm-email|undo-email-change|auth\/oauth\/:provider\/callback)/
/** The pages for people, and their script. */
const isHosted = (path: string) => [...HOSTED_PATHS, '/pages.js'].includes(path)

describe('the document', () => {
  it('has every route that is mounted, and no other', () => {
    const mounted = t.app.routes
      .filter(({ method, path }) => method !== 'ALL' && !PAGES.test(path) && !isHosted(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    expect(routes.map(({ name }) => name).sort()).toEqual([...new Set(mounted)].sort())
  })

  it('guards all routes but the ones known to be open', () => {
    const open = routes.filter((route) => !guarded.includes(route)).map(({ name }) => name)
    expect(open.sort()).toEqual([
      'GET /.well-known/jwks.json',
      'GET /auth/providers',
      'GET /health',
      'GET /health/ready',
      'POST /auth/code',
      'POST /auth/code/verify',
      'POST /auth/email/confirm',
      'POST /auth/email/undo',
      'POST /auth/email/verification',
      'POST /auth/email/verify',
      'POST /auth/login',
      'POST /auth/mfa/verify',
      'POST /auth/oauth/exchange',
      'POST /auth/oauth/{provider}/start',
      'POST /auth/passkeys/login',
      'POST /auth/passkeys/options',
      'POST /auth/password/forgot',
      'POST /auth/password/reset',
      'POST /auth/signup',
    ])
  })

  it('names each operation once', () => {
    const names = routes.map(({ operationId }) => operationId)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe.each(guarded)('$name wants a token', (route) => {
  const body = route.requestBody ? '{}' : undefined
  const sent = (token?: string) => send(route, { token, ...(body && { body }) })

  it('none is 401 token_missing', async () => {
    const { status, headers, body: problem } = await sent()
    expect([status, problem.code]).toEqual([401, 'token_missing'])
    expect(headers.get('www-authenticate')).toBe('Bearer')
  })

  it.each(['x', 'x.y.z', `${'a'.repeat(9_000)}.b.c`, '...'])('%s is 401', async (token) => {
    const { status, headers, body: problem } = await sent(token)
    expect([status, problem.code]).toEqual([401, 'token_invalid'])
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  })

  it('the other kind of token is 401, and neither kind is spent', async () => {
    const { status, body: problem } = await sent(tokenFor(route, { wrong: true }))
    expect([status, problem.code]).toEqual([401, 'token_invalid'])
    expect((await t.get('/auth/me', tokens.access_token)).status).toBe(200)
  })

  it('the token of a session that has ended is 401', async () => {
    const { sessions } = await personWith(t, 1)
    const [ended] = sessions
    expect((await t.post('/auth/logout', undefined, ended.access_token)).status).toBe(204)
    const [scheme] = Object.keys(route.security?.[0] ?? {})
    const token = scheme === 'access_token' ? ended.access_token : ended.refresh_token
    const example = exampleOf(
      document,
      route.requestBody?.content['application/json']?.schema ?? {},
    )
    const answer = await send(route, {
      token,
      ...(route.requestBody && { body: JSON.stringify(example) }),
    })
    // To log out twice is no fault.
    if (route.name === 'POST /auth/logout') expect(answer.status).toBe(204)
    else expect([answer.status, answer.body.code]).toEqual([401, 'token_invalid'])
  })

  it('the token is looked at before the body is', async () => {
    if (!route.requestBody) return
    for (const text of ['{', ' '.repeat(20_000)]) {
      expect((await send(route, { body: text })).status).toBe(401)
    }
  })
})

describe.each(withBody)('$name wants a JSON body', (route) => {
  const media = route.requestBody?.content['application/json']
  const schema = resolvedRequest(media?.schema)
  const fields = Object.keys(schema.properties)
  /** Fields that this may not stand in. Some may be null or an object. */
  const refusing = (value: unknown) =>
    fields.filter((name) => faults(document, schema.properties[name], value).length > 0)
  const sent = (body: string, type?: string) => send(route, { token: tokenFor(route), body, type })

  it.each<[number, string, string, string?]>([
    [400, 'malformed_json', '{'],
    [400, 'malformed_json', ' '],
    [415, 'unsupported_media_type', '{}', 'text/plain'],
    [415, 'unsupported_media_type', 'a=b', 'application/x-www-form-urlencoded'],
    [413, 'payload_too_large', `{"a":"${'x'.repeat(16_384)}"}`],
    [422, 'validation_failed', 'null'],
    [422, 'validation_failed', '"text"'],
    [422, 'validation_failed', '[]'],
    [422, 'validation_failed', '{"is_admin":true}'],
  ])('%i %s', async (status, code, text, type) => {
    const answer = await sent(text, type)
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })

  it('{} names every required field', async () => {
    if (schema.required.length === 0) return
    const { status, body } = await sent('{}')
    expect(status).toBe(422)
    expect(body.errors).toMatchObject(
      schema.required.map((name) => ({ pointer: `/${name}`, code: 'required' })),
    )
  })

  it.each([[null], [1.5], [[1]], [{ x: 1 }]])(
    '%j in every field names every field',
    async (value) => {
      const { status, body } = await sent(
        JSON.stringify(Object.fromEntries(fields.map((name) => [name, value]))),
      )
      expect(status).toBe(422)
      // Of a list it is the item, and of an object its fields.
      const named = body.errors.map(({ pointer }: { pointer: string }) => pointer.split('/')[1])
      expect([...new Set(named)].sort()).toEqual(refusing(value).sort())
    },
  )

  it('as JSON of no bytes is refused where the body is required', async () => {
    const { status, body } = await sent('')
    if (route.requestBody?.required) expect([status, body.code]).toEqual([400, 'malformed_json'])
    else expect(status).toBe(DONE[route.name])
  })

  it('without a media type is refused, and so is no body at all where one is required', async () => {
    const { status, body } = await send(route, { token: tokenFor(route), body: '{}', type: '' })
    expect([status, body.code]).toEqual([415, 'unsupported_media_type'])
    const { status: without } = await send(route, { token: tokenFor(route) })
    expect(without).toBe(route.requestBody?.required ? 415 : DONE[route.name])
  })
})

function resolvedRequest(schema: unknown) {
  const { $ref = '' } = schema as { $ref?: string }
  const found = document.components.schemas[$ref.replace('#/components/schemas/', '')] ?? {}
  return { required: [], properties: {}, ...found } as {
    required: string[]
    properties: Record<string, unknown>
  }
}

it('a body may be missing in the routes known to do without', () => {
  const optional = withBody.filter(({ requestBody }) => !requestBody?.required)
  expect(optional.map(({ name }) => name).sort()).toEqual(Object.keys(DONE).sort())
})

describe.each(Object.entries(document.paths))('%s', (path, operations) => {
  it('refuses every other method by 405 and names those it has', async () => {
    const allowed = Object.keys(operations).map((method) => method.toUpperCase())
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (allowed.includes(method)) continue
      const answer = await t.request(filled(path, GOOD_ID), { method })
      expect(answer.status).toBe(405)
      const allow = answer.headers.get('allow')?.split(', ') ?? []
      expect(allow).toEqual(expect.arrayContaining(allowed))
      expect(allow).not.toContain(method)
      const problem = document.components.schemas.Problem
      expect(faults(document, problem, await answer.json())).toEqual([])
      expectStrictHeaders(answer, path)
    }
  })
})
