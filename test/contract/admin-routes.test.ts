import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { PERMISSIONS } from '../../src/core/access/permissions.ts'
import { createRoute, createRouter, json, replyEmpty } from '../../src/http/router.ts'
import { User } from '../../src/http/schemas.ts'
import { accessToken, currentUser } from '../../src/middleware/caller.ts'
import { guarded } from '../../src/middleware/guards.ts'
import { requires } from '../../src/middleware/requires.ts'
import { dropRoles, roleWith } from '../support/acting.ts'
import { faultsOfGuards } from '../support/admin-routes.ts'
import type { TestApp } from '../support/app.ts'
import { quoted } from '../support/names.ts'
import { type Document, permissionOf, type Route, routesOf } from '../support/openapi.ts'
import { filled, freshBody, madeFor } from '../support/path-params.ts'
import { tricksOf } from '../support/path-tricks.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { setUser } from '../support/sessions.ts'

const t: TestApp = await createTestApp()
const document: Document = await (await t.get('/openapi.json')).json()
const routes = routesOf(document)
const permitted = routes.filter((route) => permissionOf(route) !== undefined)
const underAdmin = routes.filter(({ path }) => path.startsWith('/admin'))
const paths = [...new Set(underAdmin.map(({ path }) => path))]

/** Who never gets in. */
const user = await t.signup()
const userToken = (await t.login(user)).access_token
/** Who has now these roles and now others, with one token all the time. */
const subject = await t.signup()
const subjectToken = (await t.login(subject)).access_token

afterEach(() => dropRoles(t))
afterAll(() => t.close())

async function setRoles(...roles: string[]): Promise<void> {
  await t.column(
    `delete from edge_auth.user_roles where user_id = ${quoted(subject.id)} returning role`,
  )
  for (const role of roles) {
    await t.column(`insert into edge_auth.user_roles (user_id, role)
      values (${quoted(subject.id)}, ${quoted(role)}) returning role`)
  }
}

/** What the trail says that somebody did, but to sign up and to log in. */
const deedsOf = ({ id }: { id: string }) =>
  t.column(`select event from edge_auth.audit_events where actor_id = ${quoted(id)}
    and event not in ('user_created', 'session_opened') order by id`)

async function send(route: Route, values: Record<string, string>, token?: string) {
  const body = freshBody(document, route)
  const answer = await t.request(filled(route.path, values), {
    method: route.method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  })
  expect(answer.headers.get('cache-control')).toBe('no-store')
  return answer
}

async function expectDone(answer: Response): Promise<void> {
  expect([answer.status, await answer.text()]).toEqual([
    expect.toSatisfy((status) => status >= 200 && status < 300),
    expect.any(String),
  ])
}

describe('how they are mounted', () => {
  it('every route under /admin begins with the guards that it is documented with', async () => {
    expect(faultsOfGuards((await t.beside({})).app)).toEqual([])
  })

  const planted = (guards: object) =>
    createRoute({
      method: 'get',
      path: '/admin/planted/{id}',
      operationId: 'planted',
      ...guards,
      responses: { 200: json(User, 'Whatever is asked for.') },
    })
  const permission = requires('auth:users:read')
  const openly = (route: ReturnType<typeof planted>) =>
    createRouter().openapi(route, ((c: never) => replyEmpty(c)) as never)

  it.each<[string, () => ReturnType<typeof createRouter>, string]>([
    [
      'is in no document',
      () => createRouter().get('/admin/planted', (c) => c.text('')) as never,
      'GET /admin/planted is not documented',
    ],
    [
      'takes any method',
      () => createRouter().all('/admin/planted', (c) => c.text('')) as never,
      'ALL /admin/planted is for any method',
    ],
    [
      'is for any path',
      () => createRouter().get('/:area/planted', (c) => c.text('')) as never,
      'GET /{area}/planted is for any path',
    ],
    ['has no guards', () => openly(planted({})), 'GET /admin/planted/{id} has no guards'],
    [
      'asks for a token alone',
      () => openly(planted(guarded(currentUser))),
      'GET /admin/planted/{id} asks for no permission of the service',
    ],
    [
      'asks for a token whose session may have ended',
      () => openly(planted(guarded(accessToken, permission as never))),
      'GET /admin/planted/{id} asks nobody who it is',
    ],
    [
      'says that it has guards',
      () => openly(planted({ guards: [currentUser, permission] })),
      'GET /admin/planted/{id} does not begin with its guards',
    ],
  ])('one that %s is found', async (_what, router, fault) => {
    const { app } = await t.beside({})
    app.route('/', router())
    expect(faultsOfGuards(app)).toEqual([fault])
  })

  it('each asks for one permission of the list, says so, and documents what happens without', () => {
    expect(underAdmin.length).toBeGreaterThan(20)
    for (const route of new Set([...underAdmin, ...permitted])) {
      const { security: [requirement, ...others] = [] } = route
      const permissions = Object.values(requirement ?? {}).flat()
      expect(requirement, route.name).toEqual({ access_token: permissions })
      expect(others, route.name).toEqual([{ session_cookie: permissions }])
      expect(permissions, route.name).toHaveLength(1)
      expect(Object.keys(PERMISSIONS)).toContain(permissions[0])
      expect(route.description, route.name).toContain(`Needs the permission \`${permissions[0]}\`.`)
      const { examples = {} } = route.responses[403]?.content?.['application/problem+json'] ?? {}
      expect(Object.keys(examples), route.name).toContain('permission_denied')
    }
  })

  it('each permission of the list is asked for by some route', () => {
    const asked = new Set(permitted.map(permissionOf))
    expect([...asked].sort()).toEqual(Object.keys(PERMISSIONS).sort())
  })
})

describe.each(permitted)('$name', (route) => {
  const permission = permissionOf(route) ?? ''
  const others = Object.keys(PERMISSIONS).filter((one) => one !== permission)

  it('is done for whoever has its permission, at this very moment, and for nobody else', async () => {
    const values = await madeFor(t, route.path)
    await setRoles(await roleWith(t, [...others, 'users:read', 'posts:write']))
    let before = await deedsOf(subject)
    await expectProblem(await send(route, values), 'token_missing')
    await expectProblem(await send(route, values, userToken), 'permission_denied')
    await expectProblem(await send(route, values, subjectToken), 'permission_denied')
    expect([await deedsOf(user), await deedsOf(subject)]).toEqual([[], before])

    await setRoles(await roleWith(t, [permission]))
    await expectDone(await send(route, values, subjectToken))
    const again = await madeFor(t, route.path)
    await setRoles('admin')
    await expectDone(await send(route, again, subjectToken))

    const third = await madeFor(t, route.path)
    before = await deedsOf(subject)
    await setUser(t, subject, 'disabled_at = now()')
    await expectProblem(await send(route, third, subjectToken), 'token_invalid')
    await setUser(t, subject, 'disabled_at = null')
    await setRoles()
    await expectProblem(await send(route, third, subjectToken), 'permission_denied')
    expect(await deedsOf(subject)).toEqual(before)
    await setRoles('admin')
    await expectDone(await send(route, third, subjectToken))
  })
})

describe.each(paths)('no trick with %s', (path) => {
  const [first] = underAdmin.filter((route) => route.path === path)

  it('gives anything to nobody or to a user', async () => {
    const values = await madeFor(t, path)
    const tricks = tricksOf(filled(path, values), first?.method ?? '').filter(({ target }) =>
      URL.canParse(`http://localhost${target}`),
    )
    const before = t.log.length
    for (const { method, target, headers } of tricks) {
      for (const token of [undefined, userToken]) {
        const answer = await t.request(`http://localhost${target}`, {
          method,
          headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) },
        })
        const told = `${method} ${target} ${JSON.stringify(headers)} ${answer.status}`
        const isPreflight = method === 'OPTIONS' && answer.status === 204
        expect(isPreflight || (answer.status >= 400 && answer.status < 500), told).toBe(true)
        if (isPreflight) expect(await answer.text(), told).toBe('')
        expect(answer.headers.get('cache-control'), told).toBe('no-store')
      }
    }
    expect(tricks.length).toBeGreaterThan(100)
    expect(t.log.slice(before).filter(({ level }) => level === 'error')).toEqual([])
    expect(await deedsOf(user)).toEqual([])
  })

  it('may be read by pages of the listed origins alone', async () => {
    const values = await madeFor(t, path)
    const methods = underAdmin.filter((route) => route.path === path).map(({ method }) => method)
    for (const method of methods) {
      const preflight = (origin: string) =>
        t.request(filled(path, values), {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': method,
            'access-control-request-headers': 'authorization,content-type,if-match',
          },
        })
      const { headers: listed } = await preflight('https://app.example.org')
      expect(listed.get('access-control-allow-origin')).toBe('https://app.example.org')
      expect(listed.get('access-control-allow-methods')?.split(', ')).toContain(method)
      expect(listed.get('access-control-allow-headers')?.toLowerCase().split(', ')).toEqual(
        expect.arrayContaining(['authorization', 'content-type', 'if-match']),
      )
      const { headers: other } = await preflight('https://elsewhere.example')
      expect([...other.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
})

it('the tricks do reach the routes: an admin gets in by those that leave the path as it is', async () => {
  await setRoles('admin')
  const passed: string[] = []
  for (const { method, target, headers } of tricksOf('/admin/settings', 'GET')) {
    if (!URL.canParse(`http://localhost${target}`)) continue
    const answer = await t.request(`http://localhost${target}`, {
      method,
      headers: { ...headers, authorization: `Bearer ${subjectToken}` },
    })
    if (answer.status === 200) passed.push(target)
  }
  expect(passed.length).toBeGreaterThan(15)
  expect(passed).toEqual(expect.arrayContaining(['/admin/settings?', '/x/../admin/settings']))
})
