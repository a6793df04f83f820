import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { limitsOf } from '../support/limits.ts'
import { subjectsTo } from '../support/links.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import {
  askedAbout,
  brokenToken,
  humanToken,
  robotToken,
  withTurnstile,
} from '../support/turnstile.ts'

let base: TestApp
let t: TestApp
let hashes = 0
beforeAll(async () => {
  base = await createTestApp()
  t = await guardedApp()
})
afterAll(() => base.close())
beforeEach(() => {
  hashes = 0
})

/** The service with Turnstile, over the same database, which counts the passwords that it hashes and checks. */
function guardedApp(env: Record<string, string> = {}): Promise<TestApp> {
  const { passwords } = base.deps
  const counting = {
    hash: (...given: Parameters<typeof passwords.hash>) => {
      hashes++
      return passwords.hash(...given)
    },
    verify: (...given: Parameters<typeof passwords.verify>) => {
      hashes++
      return passwords.verify(...given)
    },
  }
  return base.beside({ env: { ...withTurnstile(), ...env }, deps: { passwords: counting } })
}

const somebody = () => {
  const username = uniqueName('t')
  return { username, email: `${username}@example.org`, password: PASSWORD }
}
const tokenOf = (token: string | undefined) =>
  token === undefined ? {} : { turnstile_token: token }
const rowsOf = async (email: string) =>
  (await t.column(`select id::text from edge_auth.users where email_key = ${quoted(email)}`)).length

describe('a sign-up', () => {
  const signup = (person: object, token?: string, on = t) =>
    on.post('/auth/signup', { ...person, ...tokenOf(token) })

  it('of a person succeeds, once by each token', async () => {
    const token = humanToken()
    expect((await signup(somebody(), token)).status).toBe(201)
    expect(await refusedFields(await signup(somebody(), token))).toEqual([
      '/turnstile_token challenge_failed',
    ])
    const asked = await askedAbout(token)
    expect(asked).toHaveLength(2)
    expect(asked[0]).toMatchObject({ response: token, remoteip: '192.0.2.1' })
  })

  it.each([undefined, ''])('without a token (%j) is refused before all else', async (token) => {
    const person = somebody()
    const trips = await t.roundTrips(async () => {
      expect(await refusedFields(await signup(person, token))).toEqual([
        '/turnstile_token required',
      ])
    })
    expect([trips, hashes, await rowsOf(person.email)]).toEqual([0, 0, 0])
  })

  it('of a program is refused, and makes nothing', async () => {
    const person = somebody()
    const trips = await t.roundTrips(async () => {
      const answer = await signup(person, robotToken())
      expect(await refusedFields(answer)).toEqual(['/turnstile_token challenge_failed'])
    })
    // The client is counted before Turnstile is asked.
    expect([trips, hashes, await rowsOf(person.email)]).toEqual([1, 0, 0])
  })

  it('asks for one client so often, and then refuses it unasked', async () => {
    const strict = await guardedApp({ RATE_LIMITS: limitsOf({ outgoing_client: 2 }) })
    const statuses: number[] = []
    for (let at = 0; at < 4; at++) {
      const answer = await strict.request('/auth/password/forgot', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-test-address': '2001:db8:77:1::9' },
        body: JSON.stringify({ email: somebody().email, turnstile_token: robotToken() }),
      })
      statuses.push(answer.status)
    }
    expect(statuses).toEqual([422, 422, 429, 429])
  })

  it('waits for an outage to end: nobody passes meanwhile', async () => {
    const person = somebody()
    const answer = await signup(person, brokenToken())
    await expectProblem(answer, 'service_unavailable')
    expect([hashes, await rowsOf(person.email)]).toEqual([0, 0])
    expect(t.log.at(-2)).toMatchObject({
      event: 'service_unavailable',
      cause: 'HumanCheckFailed',
      code: 'HTTP_500',
    })
  })

  it('with a token of any other kind is refused by name', async () => {
    expect(
      await refusedFields(await t.post('/auth/signup', { ...somebody(), turnstile_token: 7 })),
    ).toEqual(['/turnstile_token invalid_type'])
    const long = await signup(somebody(), 'x'.repeat(2049))
    expect(await refusedFields(long)).toEqual(['/turnstile_token too_long'])
  })

  it('names all that is wrong with it at once', async () => {
    const strict = await guardedApp({ SIGNUP: 'invite', SIGNUP_ALLOWED_DOMAINS: 'example.com' })
    expect(await refusedFields(await signup(somebody(), undefined, strict))).toEqual([
      '/email domain_not_allowed',
      '/invitation required',
      '/turnstile_token required',
    ])
  })

  it('ignores the token where nobody is asked', async () => {
    const token = robotToken()
    expect((await signup(somebody(), token, base)).status).toBe(201)
    expect(await askedAbout(token)).toEqual([])
  })
})

describe('a forgotten password', () => {
  const forgot = (email: string, token?: string, on = t) =>
    on.post('/auth/password/forgot', { email, ...tokenOf(token) })

  it('is mailed to a person', async () => {
    const { email } = await base.signup()
    const before = (await subjectsTo(t, email)).length
    expect((await forgot(email, humanToken())).status).toBe(202)
    expect(await subjectsTo(t, email)).toHaveLength(before + 1)
  })

  it('is not mailed to a program, nor is any mail counted', async () => {
    const { email } = await base.signup()
    const before = (await subjectsTo(t, email)).length
    const trips = await t.roundTrips(async () => {
      expect(await refusedFields(await forgot(email))).toEqual(['/turnstile_token required'])
      expect(await refusedFields(await forgot(email, robotToken()))).toEqual([
        '/turnstile_token challenge_failed',
      ])
      await expectProblem(await forgot(email, brokenToken()), 'service_unavailable')
    })
    expect(trips).toBe(2)
    expect(await subjectsTo(t, email)).toHaveLength(before)
  })

  it('tells as little as ever of who has an account', async () => {
    const { email } = await base.signup()
    const told = async (to: string, token: string) => {
      const answer = await forgot(to, token)
      return [answer.status, await answer.text()]
    }
    expect(await told(email, humanToken())).toEqual(await told(somebody().email, humanToken()))
  })

  it('ignores the token where nobody is asked', async () => {
    const token = robotToken()
    expect((await forgot(somebody().email, token, base)).status).toBe(202)
    expect(await askedAbout(token)).toEqual([])
  })
})

describe('a log-in', () => {
  const SLOW = { RATE_LIMITS: 'login_account=2/1h,login_account_checked=2/1h' }
  let slow: TestApp
  beforeAll(async () => {
    slow = await guardedApp(SLOW)
  })
  const login = (name: string, password: string, token?: string, on = slow) =>
    on.post('/auth/login', { username_or_email: name, password, ...tokenOf(token) })
  /** Uses the account's limit up. */
  const slowedDown = async () => {
    const person = await base.signup()
    for (let tries = 0; tries < 2; tries++) {
      await expectProblem(await login(person.username, 'wrong'), 'invalid_credentials')
    }
    hashes = 0
    return person
  }
  const fieldsOf = async (answer: Response) => {
    const { errors = [] } = await expectProblem(answer, 'too_many_requests')
    return errors.map(({ pointer, code }) => `${pointer} ${code}`)
  }

  it('asks nobody whether it is a person while the account is not slowed down', async () => {
    const person = await base.signup()
    const token = robotToken()
    expect((await login(person.username, PASSWORD, token)).status).toBe(200)
    expect(await askedAbout(token)).toEqual([])
  })

  it('of a slowed account asks for a token, and lets a person try on', async () => {
    const person = await slowedDown()
    expect(await fieldsOf(await login(person.username, PASSWORD))).toEqual([
      '/turnstile_token required',
    ])
    expect(hashes).toBe(0)
    const tokens = await login(person.username, PASSWORD, humanToken())
    expect(tokens.status).toBe(200)
    expect(hashes).toBe(1)
  })

  it('of a program with a token stays refused, however right the password is', async () => {
    const person = await slowedDown()
    for (const password of [PASSWORD, 'wrong']) {
      const answer = await login(person.email, password, robotToken())
      expect(await fieldsOf(answer)).toEqual(['/turnstile_token challenge_failed'])
    }
    await expectProblem(await login(person.email, PASSWORD, brokenToken()), 'service_unavailable')
    expect(hashes).toBe(0)
  })

  it('of a person is limited too, and then no token helps', async () => {
    const person = await slowedDown()
    for (let tries = 0; tries < 2; tries++) {
      const answer = await login(person.username, 'wrong', humanToken())
      await expectProblem(answer, 'invalid_credentials')
    }
    hashes = 0
    const token = humanToken()
    expect(await fieldsOf(await login(person.username, PASSWORD, token))).toEqual([])
    expect(hashes).toBe(0)
  })

  it('to an account that does not exist is answered alike', async () => {
    const person = await slowedDown()
    const nobody = uniqueName('nobody')
    for (let tries = 0; tries < 2; tries++) await login(nobody, 'wrong')
    const told = async (name: string, token?: string) => {
      const answer = await login(name, 'wrong', token)
      const { request_id: _, ...body } = await answer.json()
      return { ...body, detail: '' }
    }
    expect(await told(nobody)).toEqual(await told(person.username))
    expect(await told(nobody, robotToken())).toEqual(await told(person.username, robotToken()))
    expect(await told(nobody, humanToken())).toEqual(await told(person.username, humanToken()))
  })

  it('of a slowed account does not speak of tokens where nobody is asked', async () => {
    const plain = await base.beside({ env: SLOW })
    const person = await slowedDown()
    expect(await fieldsOf(await login(person.username, PASSWORD, humanToken(), plain))).toEqual([])
  })
})
