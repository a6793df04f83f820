import { afterAll, describe, expect, it } from 'vitest'
import { send } from '../support/acting.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { createAuthenticator, FLAGS } from '../support/authenticator.ts'
import { askedCode } from '../support/codes.ts'
import { asPage, logInByCookie, OWN_PAGE } from '../support/cookies.ts'
import { codeOf, enrol, mfaToken, verify } from '../support/factors.ts'
import { FEDERATED, profileOf } from '../support/federated.ts'
import { linkedTo, signIn } from '../support/flow-browser.ts'
import { type Document, exampleOf, type Route, routesOf } from '../support/openapi.ts'
import { assertion, logInBy, optionsOf, registered } from '../support/passkeys.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { type Pair, personWith, setSession, setUser } from '../support/sessions.ts'

const t: TestApp = await createTestApp({
  env: { LOGIN_CODES: 'true', ...FEDERATED },
})
afterAll(() => t.close())
const document: Document = await (await t.get('/openapi.json')).json()

/** True if an answer of this schema may hold an access token, at any depth. */
function mayHoldTokens(schema: unknown, seen = new Set<unknown>()): boolean {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return false
  seen.add(schema)
  const { $ref: ref, properties = {} } = schema as { $ref?: string; properties?: object }
  if (Object.hasOwn(properties, 'access_token')) return true
  if (typeof ref === 'string') {
    return mayHoldTokens(document.components.schemas[ref.split('/').at(-1) ?? ''], seen)
  }
  return Object.values(schema).some((inner) => mayHoldTokens(inner, seen))
}

/** Every route by whose success somebody may come to tokens. */
const opening = routesOf(document).filter(({ responses }: Route) =>
  Object.entries(responses).some(
    ([status, { content = {} }]) =>
      status.startsWith('2') && Object.values(content).some(({ schema }) => mayHoldTokens(schema)),
  ),
)

type Person = Awaited<ReturnType<typeof personWith>>['person']
type Authenticator = Awaited<ReturnType<typeof createAuthenticator>>

/** Somebody with a second factor, and a session of one factor that nothing but its level tells from a live one. */
type User = {
  person: Person
  weak: Pair
  cookie: string
  authenticator: Authenticator
  userHandle: string
}

/** What users may have enrolled, each after they were logged in. */
const KINDS = {
  totp: ({ sessions: [own] }) => enrol(t, own),
  passkey: ({ sessions: [own], authenticator }) => registered(t, own, authenticator),
  async both({ sessions: [own], authenticator }) {
    const { tokens } = await enrol(t, own)
    return registered(t, tokens, authenticator)
  },
} satisfies Record<string, (of: Sessions & { authenticator: Authenticator }) => Promise<unknown>>
type Sessions = Awaited<ReturnType<typeof personWith>>

async function userWith(kind: keyof typeof KINDS): Promise<User> {
  const { person, sessions } = await personWith(t, 2)
  // A code would take the factors away with an account whose address is not.
  await setUser(t, person, 'email_verified_at = now()')
  const weak = sessions[1] ?? sessions[0]
  const cookie = await logInByCookie(t, person)
  const authenticator = await createAuthenticator()
  const made = await KINDS[kind]({ person, sessions, authenticator })
  const userHandle = 'userHandle' in made ? made.userHandle : 'none'
  for (const token of [weak.access_token, cookie.split('=')[1] ?? '']) {
    await setSession(
      t,
      { access_token: token },
      'epoch = (select session_epoch from edge_auth.users where users.id = user_id)',
    )
  }
  return { person, weak, cookie, authenticator, userHandle }
}

/** Each of those routes, with how a user comes to it by one factor alone: the answer must have no tokens. */
const BY_ONE_FACTOR: Record<string, (of: User) => Promise<Response>> = {
  'POST /auth/login': ({ person: { email } }) =>
    t.post('/auth/login', { username_or_email: email, password: PASSWORD }),
  'POST /auth/code/verify': async ({ person: { email } }) =>
    t.post('/auth/code/verify', await askedCode(t, email)),
  'POST /auth/oauth/exchange': async ({ person }) => {
    const profile = profileOf()
    await linkedTo(t, person, profile)
    return signIn(t, profile)
  },
  'POST /auth/refresh': ({ weak }) => t.refresh(weak.refresh_token),
  'POST /auth/session/token': ({ cookie }) =>
    asPage(t, 'POST', '/auth/session/token', { cookie, headers: OWN_PAGE }),
  // The token of a first factor, with the factors of somebody else.
  'POST /auth/mfa/verify': async ({ person }) => {
    const other = await personWith(t, 1)
    const { uri, codes } = await enrol(t, other.sessions[0])
    const token = await mfaToken(t, person)
    await expectNoTokens(await verify(t, token, { recovery_code: codes[0] }))
    return verify(t, token, { totp_code: codeOf(t, uri, 1) })
  },
  // Without the user's verification a passkey is one factor.
  'POST /auth/passkeys/login': (of) => logInBy(t, of, { flags: FLAGS.present }),
  'POST /auth/reauth': ({ weak }) =>
    t.post('/auth/reauth', { password: PASSWORD }, weak.access_token),
  'POST /auth/factors/totp/confirm': async ({ weak: { access_token: token } }) => {
    const begun = await send(t, 'POST', '/auth/factors/totp', { token })
    expect(begun.status).toBe(401)
    return t.post('/auth/factors/totp/confirm', { totp_code: '123456' }, token)
  },
  // The challenge is somebody else's, for the session of one factor is given none.
  'POST /auth/factors/passkeys': async ({ weak: { access_token: token } }) => {
    const begun = await send(t, 'POST', '/auth/factors/passkey-options', { token })
    expect(begun.status).toBe(401)
    const { sessions } = await personWith(t, 1)
    const { public_key, challenge_token } = await optionsOf(t, sessions[0])
    const authenticator = await createAuthenticator()
    const credential = await authenticator.create({ challenge: public_key.challenge })
    return t.post('/auth/factors/passkeys', { challenge_token, credential }, token)
  },
}

/** Nothing that works as a token, in whichever field, and no cookie either, but for the end of a sign-in's. */
async function expectNoTokens(answer: Response): Promise<void> {
  const text = await answer.text()
  expect(answer.headers.get('set-cookie') ?? 'ea_oauth=;', text).toMatch(/^ea_oauth=;/)
  expect(text).not.toMatch(/access_token|refresh_token/)
  const body = JSON.parse(text)
  if (answer.status === 200) expect(body).toMatchObject({ mfa_required: true })
  else expect(answer.status, text).toBe(401)
}

it('every route whose answer may hold tokens is in the table, and no other', () => {
  expect(Object.keys(BY_ONE_FACTOR).sort()).toEqual(opening.map(({ name }) => name).sort())
})

/** Those of them that open a session, each of which may be asked for a cookie. */
const openers = opening.filter(
  ({ security = [], requestBody }) =>
    requestBody && (security.length === 0 || security.some((one) => Object.keys(one).length === 0)),
)

it('each of them that opens a session by what it is sent can be asked for a cookie', () => {
  expect(openers.map(({ name }) => name).sort()).toEqual([
    'POST /auth/code/verify',
    'POST /auth/login',
    'POST /auth/mfa/verify',
    'POST /auth/oauth/exchange',
    'POST /auth/passkeys/login',
  ])
})

it.each(openers)(
  '$name logs nobody in by a cookie for another site',
  async ({ path, requestBody }) => {
    const schema = requestBody?.content['application/json']?.schema
    const example = exampleOf(document, schema ?? {}) as object
    const ask = (transport: string, headers: Record<string, string>) =>
      asPage(t, 'POST', path, { body: { ...example, transport }, headers })
    const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    await expectProblem(await ask('cookie', evil), 'csrf_refused')
    // By the same body nothing else is refused before.
    expect((await ask('bearer', evil)).status).not.toBe(403)
    expect((await ask('cookie', OWN_PAGE)).status).not.toBe(403)
  },
)

describe.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('of a user with %s,', (kind) => {
  it.each(opening.map(({ name }) => name))('%s gives no tokens by one factor', async (name) => {
    const user = await userWith(kind)
    const answer = await BY_ONE_FACTOR[name]?.(user)
    if (!answer) throw new Error(`no row for ${name}`)
    await expectNoTokens(answer)
    const live = await t.get('/auth/me', user.weak.access_token)
    expect(live.status).toBe(401)
  })
})

it('a passkey that has verified its user is two factors, and the table would see tokens', async () => {
  const { person, authenticator, userHandle } = await userWith('passkey')
  const of = { authenticator, userHandle }
  const answer = await logInBy(t, of)
  expect(Object.keys(await answer.json())).toContain('access_token')
  const token = await mfaToken(t, person)
  const second = await verify(t, token, { passkey: await assertion(t, of) })
  expect(Object.keys(await second.json())).toContain('access_token')
})
