import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApp, USER_FIELDS } from '../support/app.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, personWith, setSession, setUser } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

describe('the current user', () => {
  it('is shown as stored now, with no secret and no canonical key', async () => {
    const { person, sessions } = await personWith(t, 1)
    await setUser(t, person, `email = 'moved@example.org'`)
    const user = await (await t.get('/auth/me', sessions[0].access_token)).json()
    expect(Object.keys(user)).toEqual(USER_FIELDS)
    expect(user).toMatchObject({ id: person.id, email: 'moved@example.org' })
  })

  it('never gets another user’s row, whoever asks at the same time', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => personWith(t, 1)))
    const answers = await Promise.all(
      people.flatMap(({ person, sessions }) =>
        [1, 2, 3].map(async () => {
          const answer = await t.get('/auth/me', sessions[0].access_token)
          return [person.id, (await answer.json()).id]
        }),
      ),
    )
    for (const [asked, answered] of answers) expect(answered).toBe(asked)
  })

  it('is refused when the database says that the session is over, whatever the app’s clock says', async () => {
    const { sessions } = await personWith(t, 1)
    await expectAlive(t, sessions[0])
    await setSession(t, sessions[0], `idle_expires_at = now() - interval '1 second'`)
    await expectProblem(await t.get('/auth/me', sessions[0].access_token), 'token_invalid')
    await setSession(t, sessions[0], `idle_expires_at = now() + interval '1 minute'`)
    await expectAlive(t, sessions[0])
  })

  it('is refused after its access token has expired by the app’s clock', async () => {
    const clocked = await t.beside({ env: { ACCESS_TOKEN_EXPIRE_MINUTES: '1' } })
    const { sessions } = await personWith(clocked, 1)
    clocked.advance(55)
    await expectAlive(clocked, sessions[0])
    clocked.advance(6)
    const answer = await clocked.get('/auth/me', sessions[0].access_token)
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="expired"',
    )
    await expectProblem(answer, 'token_expired')
  })
})

describe('the Authorization header', () => {
  const cases: [string, (token: string) => string | undefined, number, string?][] = [
    ['none', () => undefined, 401, 'token_missing'],
    ['empty', () => '', 401, 'token_missing'],
    ['lower-case scheme', (token) => `bearer ${token}`, 200],
    ['upper-case scheme', (token) => `BEARER ${token}`, 200],
    ['several spaces', (token) => `Bearer   ${token}`, 200],
    ['scheme alone', () => 'Bearer', 401, 'token_invalid'],
    ['no scheme', (token) => token, 401, 'token_invalid'],
    ['Basic', (token) => `Basic ${token}`, 401, 'token_invalid'],
    ['Token', (token) => `Token ${token}`, 401, 'token_invalid'],
    ['two tokens', (token) => `Bearer ${token} ${token}`, 401, 'token_invalid'],
    ['two headers joined', (token) => `Bearer ${token}, Bearer ${token}`, 401, 'token_invalid'],
    ['a comma last', (token) => `Bearer ${token},`, 401, 'token_invalid'],
    ['a tab', (token) => `Bearer\t${token}`, 401, 'token_invalid'],
    ['a colon', (token) => `Bearer: ${token}`, 401, 'token_invalid'],
    ['quotes', (token) => `Bearer "${token}"`, 401, 'token_invalid'],
    ['bytes beyond ASCII', (token) => `Bearer \u00e9${token}`, 401, 'token_invalid'],
    ['16 KiB of one letter', () => `Bearer ${'a'.repeat(16_384)}`, 401, 'token_invalid'],
    ['16 KiB of dots', () => `Bearer ${'.'.repeat(16_384)}`, 401, 'token_invalid'],
    ['16 KiB of padding', (token) => `Bearer ${token}${'='.repeat(16_384)}`, 401, 'token_invalid'],
  ]
  it.each(cases)('%s', async (_what, make, status, code) => {
    const { sessions } = await personWith(t, 1)
    const authorization = make(sessions[0].access_token)
    const headers = authorization === undefined ? {} : { authorization }
    const answer = await t.request('/auth/me', { headers })
    if (status === 200) expect(answer.status).toBe(200)
    else await expectProblem(answer, code as 'token_missing' | 'token_invalid')
    await expectAlive(t, sessions[0])
  })

  it.each(['?access_token=', '?token=', '?authorization=Bearer%20'])(
    'is the only place for a token, not %s',
    async (query) => {
      const { sessions } = await personWith(t, 1)
      const answer = await t.get(`/auth/me${query}${sessions[0].access_token}`)
      await expectProblem(answer, 'token_missing')
      const cookie = `access_token=${sessions[0].access_token}`
      await expectProblem(await t.request('/auth/me', { headers: { cookie } }), 'token_missing')
    },
  )
})
