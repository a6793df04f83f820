import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp, USER_FIELDS } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

describe('the journey of the plan', () => {
  it('signs up, logs in by username and by email, reads the user, refreshes, reads again', async () => {
    // Nobody else is called that where tests share a database.
    const some = crypto.randomUUID().slice(0, 8)
    const username = `Ada.${some}`
    const email = `Ada.${some}@Example.org`
    const person = { username, email, password: PASSWORD }
    const signup = await t.post('/auth/signup', person)
    expect(signup.status).toBe(201)
    const user = await signup.json()
    expect(Object.keys(user)).toEqual(USER_FIELDS)
    expect(user).toMatchObject({ username, email })

    for (const identifier of [username.toLowerCase(), email.toUpperCase()]) {
      const login = await t.post('/auth/login', {
        username_or_email: identifier,
        password: PASSWORD,
      })
      expect(login.status).toBe(200)
      const tokens = await login.json()
      expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 86_400 })
      expect(await (await t.get('/auth/me', tokens.access_token)).json()).toEqual(user)

      const refreshed = await (await t.refresh(tokens.refresh_token)).json()
      expect(refreshed.access_token).not.toBe(tokens.access_token)
      expect(refreshed.refresh_token).not.toBe(tokens.refresh_token)
      expect(await (await t.get('/auth/me', refreshed.access_token)).json()).toEqual(user)
    }
  })

  it('puts the claims of the plan into both tokens', async () => {
    const person = await t.signup()
    const tokens = await t.login(person)
    for (const [token, type] of [
      [tokens.access_token, 'access'],
      [tokens.refresh_token, 'refresh'],
    ] as const) {
      const claims = decodeJwt(token)
      expect(claims).toMatchObject({
        user_id: person.id,
        sub: person.id,
        username: person.username,
        email: person.email,
        token_type: type,
        iss: 'edge-auth',
        aud: 'edge-auth',
      })
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(86_400)
    }
  })

  it('takes the fewest round trips there are', async () => {
    const person = { username: 'counted', email: 'counted@example.org', password: PASSWORD }
    expect(await t.roundTrips(() => t.post('/auth/signup', person))).toBe(2)
    let tokens = { access_token: '', refresh_token: '' }
    expect(
      await t.roundTrips(async () => {
        tokens = await t.login(person)
      }),
    ).toBe(2)
    expect(await t.roundTrips(() => t.get('/auth/me', tokens.access_token))).toBe(1)
    expect(await t.roundTrips(() => t.refresh(tokens.refresh_token))).toBe(1)
    expect(await t.roundTrips(() => t.get('/health'))).toBe(0)
  })
})
