import { decodeJwt } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { type makeTotpSecret, totpCode } from '../../src/core/factors/totp.ts'
import { permitted } from '../support/acting.ts'
import { adminOf, grantRole } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { withTotp } from '../support/enrolled.ts'
import { type Document, exampleOf, type Route, routesOf } from '../support/openapi.ts'
import { filled } from '../support/path-params.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, type Pair, refreshed, setSession } from '../support/sessions.ts'

const plain: TestApp = await createTestApp()
const everybody = await plain.beside({ env: { REQUIRE_MFA: 'all' } })
const admins = await plain.beside({ env: { REQUIRE_MFA: 'admins' } })
afterAll(() => plain.close())

const document: Document = await (await plain.get('/openapi.json')).json()
const withToken = routesOf(document).filter(
  ({ security = [] }) =>
    security.some((one) => 'access_token' in one) &&
    security.every((one) => Object.keys(one).length > 0),
)

/** All that a session may do whose user is to enrol first. A route that is not here is refused. */
const OPEN = [
  'GET /auth/factors',
  'POST /auth/factors/totp',
  'POST /auth/factors/totp/confirm',
  'POST /auth/factors/passkey-options',
  'POST /auth/factors/passkeys',
  'POST /auth/logout',
]

const acrOf = ({ access_token }: Pair) => decodeJwt(access_token).acr

async function send(t: TestApp, route: Route, token: string): Promise<Response> {
  const schema = route.requestBody?.content['application/json']?.schema
  return t.request(filled(route.path, crypto.randomUUID()), {
    method: route.method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(schema && { 'content-type': 'application/json' }),
    },
    ...(schema && { body: JSON.stringify(exampleOf(document, schema)) }),
  })
}

describe('REQUIRE_MFA=all', () => {
  const t = everybody

  it('opens a session that says that it can do nothing yet, and refreshing changes nothing', async () => {
    const tokens = await t.login(await t.signup())
    expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: 'aal0', amr: ['pwd'] })
    const next = await refreshed(t, tokens)
    expect(acrOf(next)).toBe('aal0')
    await expectProblem(await t.get('/auth/me', next.access_token), 'mfa_enrollment_required')
  })

  it('is where it is documented', () => {
    const names = withToken.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(OPEN.filter((name) => !/passkeys/.test(name))))
    for (const { name, responses } of withToken) {
      const { examples = {} } = responses[403]?.content?.['application/problem+json'] ?? {}
      expect(Object.keys(examples), name).toContain('mfa_enrollment_required')
    }
  })

  it.each(withToken)('$name is open to it or refused, as the table says', async (route) => {
    const person = await t.signup()
    await grantRole(t, person.id, 'admin')
    const tokens = await t.login(person)
    const answer = await send(t, route, tokens.access_token)
    if (OPEN.includes(route.name)) expect([401, 403, 500]).not.toContain(answer.status)
    else await expectProblem(answer, 'mfa_enrollment_required')
  })

  it('lets it log out', async () => {
    const tokens = await t.login(await t.signup())
    expect((await t.post('/auth/logout', undefined, tokens.access_token)).status).toBe(204)
    await expectDeadTokens(t, tokens)
  })

  it('the same session goes on at two factors once one is enrolled', async () => {
    const person = await t.signup()
    const [tokens, other] = [await t.login(person), await t.login(person)]
    const begun = await (await t.post('/auth/factors/totp', undefined, tokens.access_token)).json()
    const secret = fromBase32(begun.secret)
    const totp_code = await totpCode(secret, t.deps.clock.now())
    const confirmed = await t.post('/auth/factors/totp/confirm', { totp_code }, tokens.access_token)
    expect(confirmed.status).toBe(200)
    const raised = await confirmed.json()
    expect(decodeJwt(raised.access_token)).toMatchObject({
      acr: 'aal2',
      sid: decodeJwt(tokens.access_token).sid,
    })
    await expectAlive(t, raised)
    expect(acrOf(await refreshed(t, raised))).toBe('aal2')
    await expectDeadTokens(t, other)
  })

  it('a session of before can do nothing else either, and neither can one that only says so', async () => {
    const person = await t.signup()
    const tokens = await plain.login(person)
    expect(acrOf(tokens)).toBe('aal1')
    await expectProblem(await t.get('/auth/me', tokens.access_token), 'mfa_enrollment_required')
    // The row decides, where one is read: a token of before says more than there is.
    await setSession(plain, tokens, 'aal = 0')
    await expectProblem(await plain.get('/auth/me', tokens.access_token), 'mfa_enrollment_required')
    await expectProblem(await plain.get('/auth/sessions', tokens.access_token), 'token_invalid')
  })

  it('changes nothing for whoever has a second factor', async () => {
    const { tokens } = await withTotp(plain)
    await expectAlive(t, tokens)
  })
})

describe('REQUIRE_MFA=admins', () => {
  const t = admins

  it('is about whoever has a permission of the service, by whichever role', async () => {
    const user = await t.login(await t.signup())
    expect(acrOf(user)).toBe('aal1')
    await expectAlive(t, user)
    for (const { token } of [await adminOf(t), await permitted(t, 'auth:users:read')]) {
      expect(decodeJwt(token).acr).toBe('aal0')
      await expectProblem(await t.get('/admin/users', token), 'mfa_enrollment_required')
    }
    const { token } = await permitted(t, 'posts:write')
    expect(decodeJwt(token).acr).toBe('aal1')
  })

  it('is so from the moment on at which the role is granted', async () => {
    const person = await t.signup()
    const tokens = await t.login(person)
    await expectProblem(await t.get('/admin/users', tokens.access_token), 'permission_denied')
    await grantRole(t, person.id, 'admin')
    for (const path of ['/admin/users', '/admin/settings', '/auth/me']) {
      await expectProblem(await t.get(path, tokens.access_token), 'mfa_enrollment_required')
    }
    expect((await t.get('/auth/factors', tokens.access_token)).status).toBe(200)
  })
})

it('REQUIRE_MFA=off asks nobody', async () => {
  const { token } = await adminOf(plain)
  expect(decodeJwt(token).acr).toBe('aal1')
  expect((await plain.get('/admin/users', token)).status).toBe(200)
})

/** What opens a session that is allowed nothing is refused for that before, so that both tokens are tried at what is open. */
async function expectDeadTokens(t: TestApp, tokens: Pair): Promise<void> {
  await expectProblem(await t.get('/auth/factors', tokens.access_token), 'token_invalid')
  await expectProblem(await t.refresh(tokens.refresh_token), 'token_invalid')
}

/** The bytes of base32 without padding (RFC 4648 section 6). */
function fromBase32(text: string): ReturnType<typeof makeTotpSecret> {
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const bytes = bits.join('').match(/.{8}/g) ?? []
  return new Uint8Array(bytes.map((byte) => Number.parseInt(byte, 2)))
}
