import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { newKey } from '../support/keys.ts'
import { uniqueName } from '../support/names.ts'
import { createTestApp } from '../support/runtime.ts'
import { personWith, refreshed, setUser, sidOf } from '../support/sessions.ts'

const WRONG = 'wrong horse battery staple'
const PSEUDONYM = expect.stringMatching(/^[\w-]{16}$/)

type Line = Record<string, unknown>

async function es256() {
  const set = { current: await newKey('ES256'), previous: [] }
  return { JWT_ALGORITHM: 'ES256', JWT_KEYS: JSON.stringify(set) }
}

describe.each<[string, () => Promise<Record<string, string>>]>([
  ['HS256', async () => ({})],
  ['ES256', es256],
])('a refused credential, with keys of %s', (_algorithm, env) => {
  let t: TestApp
  beforeAll(async () => {
    t = await createTestApp({ env: await env() })
  })
  afterAll(() => t.close())

  /** The lines about refusals that `work` leaves. */
  async function refusals(work: () => Promise<unknown>): Promise<Line[]> {
    const before = t.log.length
    await work()
    return t.log.slice(before).filter(({ event }) => event === 'credential_refused')
  }
  const login = (identifier: string, password: string, address = '203.0.113.9') =>
    t.request('/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-test-address': address },
      body: JSON.stringify({ username_or_email: identifier, password }),
    })
  const lineOf = async (...tried: Parameters<typeof login>): Promise<Line> => {
    const [line, ...others] = await refusals(() => login(...tried))
    expect(others).toEqual([])
    return line ?? {}
  }

  it('leaves one line, which names nobody', async () => {
    const person = await t.signup()
    const lines = await refusals(async () => {
      const answer = await login(person.username, WRONG)
      expect(answer.status).toBe(401)
      expect(t.log.at(-2)?.request_id).toBe(answer.headers.get('x-request-id'))
    })
    expect(lines).toEqual([
      {
        time: expect.any(String),
        level: 'warn',
        event: 'credential_refused',
        request_id: expect.any(String),
        route: '/auth/login',
        code: 'invalid_credentials',
        outcome: 'wrong_password',
        account: PSEUDONYM,
        address: PSEUDONYM,
      },
    ])
    const text = JSON.stringify(t.log)
    for (const secret of [person.username, person.email, WRONG, '203.0.113.9']) {
      expect(text).not.toContain(secret)
    }
  })

  it('is the same for the same account and address, however they are spelled', async () => {
    const { username, email } = await t.signup()
    const byName = await lineOf(username, WRONG)
    expect((await lineOf(` ${username.toUpperCase()} `, WRONG)).account).toBe(byName.account)
    const byEmail = await lineOf(email, WRONG)
    expect((await lineOf(email.toUpperCase(), WRONG)).account).toBe(byEmail.account)
    expect((await lineOf(email.replace('@', '\uff20'), WRONG)).account).toBe(byEmail.account)
    const elsewhere = await lineOf(username, WRONG, '203.0.113.10')
    expect(elsewhere.account).toBe(byName.account)
    expect(elsewhere.address).not.toBe(byName.address)
    const stranger = await lineOf((await t.signup()).username, WRONG)
    expect(stranger.account).not.toBe(byName.account)
    expect(stranger.address).toBe(byName.address)
    const { account: inUnicode } = await lineOf('ada@b\u00fccher.example', WRONG)
    expect((await lineOf('ada@xn--bcher-kva.example', WRONG)).account).toBe(inUnicode)
  })

  it('has the same form for an unknown, a disabled and a known user, but for the outcome', async () => {
    const known = await t.signup()
    const disabled = await t.signup()
    await setUser(t, disabled, 'disabled_at = now()')
    const tried = [known.username, disabled.username, uniqueName(), 'not a name at all!']
    const lines: Line[] = []
    for (const identifier of tried) lines.push(await lineOf(identifier, WRONG))
    expect(lines.map(({ outcome }) => outcome)).toEqual([
      'wrong_password',
      'unknown_account',
      'unknown_account',
      'unknown_account',
    ])
    const forms = lines.map((line) => Object.keys(line).join())
    expect(new Set(forms).size).toBe(1)
    expect(JSON.stringify(lines)).not.toContain('not a name')
  })

  it('tells of a wrong current password in a change of it, under the name that a log-in has', async () => {
    const { person, sessions } = await personWith(t, 1)
    const body = { current_password: WRONG, new_password: `${PASSWORD} anew` }
    const lines = await refusals(() => t.post('/auth/password', body, sessions[0].access_token))
    expect(lines).toEqual([
      expect.objectContaining({
        route: '/auth/password',
        code: 'invalid_credentials',
        outcome: 'wrong_password',
        account: (await lineOf(person.username, WRONG)).account,
        address: PSEUDONYM,
      }),
    ])
  })

  it('tells of a refresh token that ended its session', async () => {
    const { person, sessions } = await personWith(t, 1)
    const [first] = sessions
    await refreshed(t, await refreshed(t, first))
    const lines = await refusals(() => t.refresh(first.refresh_token))
    expect(lines).toEqual([
      expect.objectContaining({
        route: '/auth/refresh',
        code: 'token_invalid',
        outcome: 'refresh_token_reused',
        session_id: sidOf(first),
        account: (await lineOf(person.username, WRONG)).account,
        address: PSEUDONYM,
      }),
    ])
    // The session has ended: nothing is reused any more.
    expect(await refusals(() => t.refresh(first.refresh_token))).toEqual([])
  })

  it('is none where a credential is right, or the request is at fault', async () => {
    const { person, sessions } = await personWith(t, 1)
    const lines = await refusals(async () => {
      await t.login(person)
      await refreshed(t, sessions[0])
      await t.get('/auth/me', 'x.y.z')
      await t.post('/auth/login', { username_or_email: person.username })
      await t.post('/auth/login', '{')
      await t.get('/nowhere')
    })
    expect(lines).toEqual([])
  })
})

it('has no address where the platform knows none', async () => {
  const t = await createTestApp({ deps: { clientAddress: () => undefined } })
  await t.post('/auth/login', { username_or_email: uniqueName(), password: WRONG })
  const [line] = t.log.filter(({ event }) => event === 'credential_refused')
  expect(line).toMatchObject({ account: PSEUDONYM })
  expect(line).not.toHaveProperty('address')
  await t.close()
})
