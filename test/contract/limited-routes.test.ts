import { afterAll, describe, expect, it } from 'vitest'
import { LIMITED, LIMITS, type LimitName } from '../../src/core/limits/limits.ts'
import { grantRole } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { FEDERATED, profileOf, vouch } from '../support/federated.ts'
import { browserOf } from '../support/flow-browser.ts'
import { limitsOf } from '../support/limits.ts'
import { pendingToken } from '../support/mailed.ts'
import { quoted } from '../support/names.ts'
import { type Document, exampleOf, type Route, routesOf } from '../support/openapi.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { personWith } from '../support/sessions.ts'

const t: TestApp = await createTestApp({ env: FEDERATED })
afterAll(() => t.close())
const document: Document = await (await t.get('/openapi.json')).json()
const routes = routesOf(document)
const limited = routes.filter(({ responses }) => '429' in responses)

const exampleFor = (route: Route) =>
  exampleOf(document, route.requestBody?.content['application/json']?.schema ?? {}) as object

/** One in an hour, so that the second try of anything is over it; but of the limit that all routes and tests share. */
const ONE_EACH = limitsOf({
  ...(Object.fromEntries(Object.keys(LIMITS).map((name) => [name, 1])) as Record<
    LimitName,
    number
  >),
  mail_all: 1_000_000,
})

describe.each(limited)('$name', (route) => {
  it('refuses what is over its limit, and says when to come back', async () => {
    const strict = await t.beside({ env: { ...FEDERATED, RATE_LIMITS: ONE_EACH } })
    const { person, sessions } = await personWith(t, 1)
    const { token } = await pendingToken(t, person, 'reset_password')
    const { token: code_token } = await pendingToken(t, person, 'login_code')
    const mfa = { userId: person.id, epoch: 0, amr: ['pwd'] } as const
    const mfa_token = await t.deps.factorTokens.sign('mfa', mfa, t.deps.clock.now())
    if (route.path.startsWith('/admin/')) await grantRole(t, person.id, 'admin')
    const browser = browserOf(t)
    const code = await browser.arrive(vouch(profileOf()))
    const fresh = crypto.randomUUID()
    const wanted: Record<string, string> = {
      ...{ token, code_token, mfa_token },
      ...(route.path === '/auth/oauth/exchange' && { code }),
      email: `${fresh}@example.org`,
      new_email: `${fresh}@example.org`,
      username: `l${fresh.slice(0, 12)}`,
      username_or_email: person.username,
      current_password: 'not the password',
      password: 'not that of anybody else',
    }
    const example = exampleFor(route) ?? {}
    const body = Object.fromEntries(
      Object.entries(example).map(([name, value]) => [name, wanted[name] ?? value]),
    )
    const bytes = crypto.getRandomValues(new Uint16Array(3))
    const address = `2001:${[...bytes].map((part) => part.toString(16)).join(':')}::1`
    const send = () =>
      strict.request(route.path.replace('{id}', person.id).replace('{provider}', 'fake'), {
        method: route.method,
        headers: {
          'content-type': 'application/json',
          'x-test-address': address,
          cookie: browser.cookie(),
          ...(route.security?.length && { authorization: `Bearer ${sessions[0].access_token}` }),
        },
        body: JSON.stringify(body),
      })
    expect((await send()).status).not.toBe(429)
    // What has become of it would be refused for another reason.
    if (route.name === 'POST /admin/users')
      await t.column(
        `delete from edge_auth.users where username_key = ${quoted(wanted.username ?? '')} returning id`,
      )
    const refused = await send()
    await expectProblem(refused, 'too_many_requests')
    const [, name] =
      /^"(\w+)";q=1;w=3600$/.exec(refused.headers.get('ratelimit-policy') ?? '') ?? []
    expect(Object.keys(LIMITS)).toContain(name)
    expect(refused.headers.get('ratelimit')).toMatch(`"${name}";r=0;t=`)
    for (const [header, { required }] of Object.entries(route.responses[429]?.headers ?? {})) {
      expect(required, header).toBe(true)
      expect(refused.headers.has(header), header).toBe(true)
    }
  })
})

it('every limit of the table limits something', () => {
  const used = new Set<string>(Object.values(LIMITED).flat())
  expect([...used].sort()).toEqual(Object.keys(LIMITS).sort())
})
