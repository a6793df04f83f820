import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createCommonPasswords } from '../../src/core/passwords/common.ts'
import { COMMON_PASSWORDS } from '../../src/core/passwords/common-passwords.ts'
import { english } from '../../src/features/pages/words-en.ts'
import { PASSWORD, type Person, type TestApp } from '../support/app.ts'
import { askedFor, LEAKED, PADDED } from '../support/breaches.ts'
import { recordingLogger } from '../support/logger.ts'
import { pendingToken } from '../support/mailed.ts'
import { uniqueName } from '../support/names.ts'
import { refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

/** The 100,000th of the list, which only the filter knows. */
const COMMON = 'smokey24'
const GOOD = 'zq-7Kmvo-fine'

let t: TestApp
let refusing: TestApp
beforeAll(async () => {
  t = await createTestApp()
  const env = { BREACH_CHECK: 'refuse', BREACH_CHECK_URL: `${inject('breachServer')}/list` }
  refusing = await t.beside({ env })
})
afterAll(() => t.close())

/** Neither of the two words is in the other. */
function somebody(): Person {
  const email = `${uniqueName()}@example.org`
  return { username: uniqueName(), email, password: PASSWORD }
}
const localOf = ({ email }: Person) => email.replace(/@.*/, '')

async function registered(): Promise<Person & { id: string }> {
  const person = somebody()
  const answer = await t.post('/auth/signup', person)
  return { ...person, ...(await answer.json()) }
}

const fieldCode = async (answer: Response) => {
  const [refused = ''] = await refusedFields(answer)
  return refused.replace(/.* /, '')
}
const pageCode = async (answer: Response) => {
  const text = await answer.text()
  return Object.entries(english.fields).find(([, sentence]) => text.includes(sentence))?.[0]
}

type Route = {
  route: string
  ok: number
  /** Gives the answer to a password that somebody chooses. */
  choose: (app: TestApp, passwordOf: (owner: Person) => string) => Promise<Response>
  codeOf: (answer: Response) => Promise<string | undefined>
}

async function resetBody(passwordOf: (owner: Person) => string) {
  const person = await registered()
  const { token } = await pendingToken(t, person, 'reset_password')
  return { token, new_password: passwordOf(person) }
}

/** Every route that sets a password, with its answer to a good one. */
const ROUTES: Route[] = [
  {
    route: 'POST /auth/signup',
    ok: 201,
    choose(app, passwordOf) {
      const person = somebody()
      return app.post('/auth/signup', { ...person, password: passwordOf(person) })
    },
    codeOf: fieldCode,
  },
  {
    route: 'POST /auth/password',
    ok: 204,
    async choose(app, passwordOf) {
      const person = await registered()
      const { access_token } = await t.login(person)
      const body = { current_password: PASSWORD, new_password: passwordOf(person) }
      return app.post('/auth/password', body, access_token)
    },
    codeOf: fieldCode,
  },
  {
    route: 'POST /auth/password/reset',
    ok: 204,
    choose: async (app, passwordOf) =>
      app.post('/auth/password/reset', await resetBody(passwordOf)),
    codeOf: fieldCode,
  },
  {
    route: 'the form of /reset-password',
    ok: 200,
    choose: async (app, passwordOf) =>
      app.request('/reset-password', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(await resetBody(passwordOf)).toString(),
      }),
    codeOf: pageCode,
  },
]

describe.each(ROUTES)('$route', ({ ok, choose, codeOf }) => {
  it.each<[string, string, (owner: Person) => string]>([
    ['one of the list', 'too_common', () => COMMON],
    ['one of the list in capitals', 'too_common', () => COMMON.toUpperCase()],
    ['one with the username in it', 'contains_identifier', ({ username }) => `x-${username}-31`],
    ['one with the local part in it', 'contains_identifier', (own) => `${localOf(own)}2031`],
    ['one with the project in it', 'contains_identifier', () => 'my-edge_auth-login'],
  ])('refuses %s', async (_what, code, passwordOf) => {
    const answer = await choose(t, passwordOf)
    expect([answer.status, await codeOf(answer)]).toEqual([422, code])
  })

  it('asks a list of leaked ones, where that is to refuse', async () => {
    const refused = await choose(refusing, () => LEAKED)
    expect([refused.status, await codeOf(refused)]).toEqual([422, 'breached'])
    expect((await choose(refusing, () => PADDED)).status).toBe(ok)
    expect((await choose(t, () => LEAKED)).status).toBe(ok)
  })

  it('takes others', async () => {
    expect((await choose(t, () => GOOD)).status).toBe(ok)
  })
})

it('names the project as it is configured', async () => {
  const other = await t.beside({ env: { PROJECT_NAME: 'Zauber Münze' } })
  const signup = (app: TestApp, password: string) =>
    app.post('/auth/signup', { ...somebody(), password })
  expect(await fieldCode(await signup(other, 'MeineZauberM\u00fcnze'))).toBe('contains_identifier')
  expect((await signup(other, 'my-edge_auth-login')).status).toBe(201)
  expect((await signup(t, 'MeineZauberM\u00fcnze')).status).toBe(201)
})

it('a password that other rules refuse is asked about nowhere', async () => {
  for (const password of [COMMON, 'my-edge_auth-login', 'password1']) {
    await refusing.post('/auth/signup', { ...somebody(), password })
    expect(await askedFor(inject('breachServer'), password)).toEqual([])
  }
})

describe('while the list of common passwords cannot be loaded', () => {
  it('the most used are refused all the same, and nobody is locked out', async () => {
    const { log, logger } = recordingLogger()
    const commonPasswords = createCommonPasswords(
      () => Promise.reject(Object.assign(new Error('gone'), { code: 'ENOENT' })),
      logger,
    )
    const without = await t.beside({ deps: { commonPasswords } })
    expect(COMMON_PASSWORDS.split(' ')).not.toContain(COMMON)
    const signup = (password: string) => without.post('/auth/signup', { ...somebody(), password })
    expect(await fieldCode(await signup('password1'))).toBe('too_common')
    expect(log).toEqual([])
    expect((await signup(GOOD)).status).toBe(201)
    expect(log).toMatchObject([{ event: 'common_passwords_unavailable', code: 'ENOENT' }])
  })
})
