import { afterAll, describe, expect, it } from 'vitest'
import { adminOf, grantRole } from '../support/admin.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { enrolledBehindBack } from '../support/enrolled.ts'
import { type Document, type Route, routesOf } from '../support/openapi.ts'
import { filled, freshBody, madeFor } from '../support/path-params.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { setSession } from '../support/sessions.ts'

const t: TestApp = await createTestApp()
const document: Document = await (await t.get('/openapi.json')).json()
const routes = routesOf(document)
afterAll(() => t.close())

/** What changes what others may do, or who can enter an account. */
const isGuarded = ({ method, path }: Route) =>
  method !== 'GET' && /^\/(admin|auth\/factors)(\/|$)/.test(path)

/** Which of them do without, and why that opens nothing to whoever found a device unlocked. */
const WITHOUT: Record<string, string> = {
  'POST /auth/factors/totp/confirm': 'It needs a code of a secret that was given to a fresh proof.',
  'PATCH /auth/factors/passkeys/{id}': 'Another name lets nobody in.',
}

const writes = routes.filter((route) => isGuarded(route) && !(route.name in WITHOUT))

/** Older than ten minutes, by one. */
const AGED = "now() - interval '11 minutes'"
/** What a proof of this level would have to be. */
const challengeOf = (acr: string) =>
  `Bearer error="insufficient_user_authentication", acr_values="${acr}", max_age=600`

/** Of a caller's own it is not looked at, for the proof is asked for before. */
const valuesFor = (path: string) =>
  path.startsWith('/admin') ? madeFor(t, path) : Promise.resolve(crypto.randomUUID())

async function send(route: Route, token: string): Promise<Response> {
  const body = freshBody(document, route)
  return t.request(filled(route.path, await valuesFor(route.path)), {
    method: route.method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  })
}

async function expectStepUp(answer: Response, acr: string): Promise<void> {
  await expectProblem(answer.clone(), 'step_up_required')
  expect(answer.headers.get('www-authenticate')).toBe(challengeOf(acr))
}

/** Somebody with all permissions, and the tokens of a session. */
async function adminWithTokens() {
  const person = await t.signup()
  await grantRole(t, person.id, 'admin')
  return { person, tokens: await t.login(person) }
}

it('there are such routes, and those that do without exist', () => {
  expect(writes.length).toBeGreaterThan(15)
  const guarded = routes.filter(isGuarded).map(({ name }) => name)
  expect(guarded).toEqual(expect.arrayContaining(Object.keys(WITHOUT)))
})

it.each(writes)('$name is documented to ask for it', ({ responses }) => {
  const { examples = {} } = responses[401]?.content?.['application/problem+json'] ?? {}
  expect(Object.keys(examples)).toContain('step_up_required')
})

describe.each(writes)('$name', (route) => {
  it('is refused to a session whose proof is eleven minutes old', async () => {
    const { tokens } = await adminWithTokens()
    await setSession(t, tokens, `authenticated_at = ${AGED}`)
    await expectStepUp(await send(route, tokens.access_token), 'aal1')
  })

  it('is refused to a user with second factors who has proven the password alone', async () => {
    const { person, tokens } = await adminWithTokens()
    await enrolledBehindBack(t, person, tokens, `second_factor_at = ${AGED}`)
    await expectStepUp(await send(route, tokens.access_token), 'aal2')
  })
})

describe('POST /auth/email', () => {
  const ask = (token: string, current_password = PASSWORD) =>
    t.post(
      '/auth/email',
      { new_email: `n${crypto.randomUUID().slice(0, 8)}@example.net`, current_password },
      token,
    )

  it('takes the current password for the fresh proof of a user with one factor', async () => {
    const { tokens } = await adminWithTokens()
    await setSession(t, tokens, `authenticated_at = ${AGED}`)
    expect((await ask(tokens.access_token)).status).toBe(202)
    await expectProblem(await ask(tokens.access_token, 'wrong'), 'invalid_credentials')
  })

  it('asks a user with second factors for one of them besides, before it looks at the password', async () => {
    const { person, tokens } = await adminWithTokens()
    await enrolledBehindBack(t, person, tokens, `second_factor_at = ${AGED}`)
    await expectStepUp(await ask(tokens.access_token), 'aal2')
    await expectStepUp(await ask(tokens.access_token, 'wrong'), 'aal2')
    await setSession(t, tokens, 'second_factor_at = now()')
    expect((await ask(tokens.access_token)).status).toBe(202)
    await expectProblem(await ask(tokens.access_token, 'wrong'), 'invalid_credentials')
  })
})

it('what is only read asks for no fresh proof', async () => {
  const { token } = await adminOf(t)
  const { tokens } = await adminWithTokens()
  await setSession(t, tokens, `authenticated_at = ${AGED}`)
  for (const route of routes) {
    if (route.method !== 'GET' || !route.path.startsWith('/admin')) continue
    const path = filled(route.path, await madeFor(t, route.path))
    const [fresh, aged] = [await t.get(path, token), await t.get(path, tokens.access_token)]
    expect([route.name, aged.status]).toEqual([route.name, fresh.status])
  }
})
