import { afterAll, expect, it } from 'vitest'
import { PERMISSIONS } from '../../src/core/access/permissions.ts'
import type { ProviderProfile } from '../../src/core/federation/provider.ts'
import type { Purpose } from '../../src/core/one-time-tokens/purposes.ts'
import { permitted } from '../support/acting.ts'
import { adminOf } from '../support/admin.ts'
import { PASSWORD } from '../support/app.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { enrolledPerson } from '../support/factors.ts'
import { FEDERATED, profileOf, vouch } from '../support/federated.ts'
import { browserOf, foundTo, linkedTo } from '../support/flow-browser.ts'
import { federatedPerson, withoutPassword } from '../support/identities.ts'
import { pendingToken } from '../support/mailed.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { type Document, exampleOf, permissionOf, routesOf } from '../support/openapi.ts'
import { optionsOf, personWithPasskey } from '../support/passkeys.ts'
import { filled, madeFor } from '../support/path-params.ts'
import { createTestApp } from '../support/runtime.ts'

import { setUser } from '../support/sessions.ts'

const t = await createTestApp({ env: FEDERATED })
const document: Document = await (await t.get('/openapi.json')).json()
const routes = routesOf(document)
afterAll(() => t.close())

/** Somebody who has the username and the email of the examples. */
const signedUp = exampleOf(document, document.components.schemas.SignupRequest) as {
  username: string
  email: string
}
await t.post('/auth/signup', signedUp)
await setUser(t, { ...signedUp, password: PASSWORD }, 'email_verified_at = now()')
const { access_token } = await t.login(await t.signup())
/** May do everything, and is no admin, so that there can be one admin alone. */
const deputy = await permitted(t, ...Object.keys(PERMISSIONS))
const lastAdmin = await adminOf(t)
const { tokens: enrolled } = await enrolledPerson(t)

/** What is sent: a body, a query, and what stands in the path or who asks where that matters. */
type Refused = {
  body?: object
  query?: string
  path?: Record<string, string>
  token?: string
  cookie?: string
}

const body = (of: object): Refused => ({ body: of })
/** Of somebody who has as many as there may be. */
async function tooManyPasskeys(): Promise<Refused> {
  const { authenticator, tokens, person } = await personWithPasskey(t)
  await t.column(`insert into edge_auth.passkeys
    (id, user_id, credential_id, public_key, counter, is_backup_eligible, is_backed_up, name)
    select gen_random_uuid(), ${quoted(person.id)}, gen_random_uuid()::text, 'x', 0, false, false, 'x'
    from generate_series(1, 19) returning id::text`)
  await setUser(t, person, 'factor_count = 20')
  const { public_key: options, challenge_token } = await optionsOf(t, tokens)
  const another = await createAuthenticator()
  const credential = await another.create({ challenge: options.challenge })
  expect(another.credentialId).not.toBe(authenticator.credentialId)
  return { body: { challenge_token, credential }, token: tokens.access_token }
}

/** A challenge that is answered by no credential. */
async function noCredential(): Promise<Refused> {
  const tokens = await t.login(await t.signup())
  const { challenge_token } = await optionsOf(t, tokens)
  const response = { clientDataJSON: 'e30', attestationObject: 'oA' }
  const credential = { id: 'AA', rawId: 'AA', type: 'public-key', response }
  return { body: { challenge_token, credential }, token: tokens.access_token }
}

/** Of somebody who logs in by nothing else. */
async function lastPasskey(): Promise<Refused> {
  const { person, tokens } = await personWithPasskey(t)
  await withoutPassword(t, person)
  return { path: { id: tokens.passkey.id }, token: tokens.access_token }
}

async function lastIdentity(): Promise<Refused> {
  const { token, identities } = await federatedPerson(t, { provider: 'fake' })
  return { path: { id: identities[0] ?? '' }, token }
}

async function lastIdentityOf(): Promise<Refused> {
  const { id, identities } = await federatedPerson(t, { provider: 'fake' })
  return { path: { id, identity_id: identities[0] ?? '' } }
}

const ofLastAdmin: Refused = { path: { id: lastAdmin.id, role: 'admin' } }
const aPage: Refused = { query: '?limit=0' }

/** What is refused as the examples of 409 and 422 say; by their codes where there are several. */
const REFUSED: Record<string, Record<string, Refused | (() => Promise<Refused>)>> = {
  'POST /auth/signup': {
    409: body({ ...signedUp, username: 'another.name' }),
    422: body({ username: 'grace hopper', email: 'grace', password: 'horse' }),
  },
  'POST /auth/login': { 422: body({}) },
  'POST /auth/mfa/verify': { 422: body({}) },
  'POST /auth/factors/totp': { 409: { token: enrolled.access_token } },
  'POST /auth/factors/totp/confirm': {
    409: { ...body({ totp_code: '123456' }), token: enrolled.access_token },
    422: body({}),
  },
  'POST /auth/oauth/{provider}/start': {
    422: { ...body({ return_to: 'https://elsewhere.example/' }), path: { provider: 'fake' } },
  },
  'POST /auth/oauth/exchange': {
    '409 account_exists': () => arrived(profileOf({ email: signedUp.email })),
    '409 already_taken': keptEmail,
    '409 identity_taken': takenIdentity,
    '409 too_many_identities': async () => {
      const person = await withManyIdentities()
      const { access_token: token } = await t.login(person)
      return arrived(profileOf(), { intent: 'link', token })
    },
    422: body({ code: '' }),
  },
  'POST /auth/identities': {
    '409 identity_taken': takenMeanwhile,
    '409 too_many_identities': async () => {
      const person = await withManyIdentities()
      return foundTo(t, { ...person, tokens: await t.login(person) })
    },
    422: body({ link_token: '' }),
  },
  'POST /auth/code': { 422: body({ email: 'grace' }) },
  'POST /auth/code/verify': { 422: body({ code_token: 'x', code: '1' }) },
  'POST /auth/passkeys/login': { 422: body({}) },
  'POST /auth/reauth': { 422: body({}) },
  'POST /auth/factors/passkeys': { 409: tooManyPasskeys, 422: noCredential },
  'PATCH /auth/factors/passkeys/{id}': {
    422: { ...body({ name: '' }), path: { id: lastAdmin.id } },
  },
  'DELETE /auth/factors/passkeys/{id}': { 409: lastPasskey },
  'DELETE /auth/identities/{id}': { 409: lastIdentity },
  'GET /auth/activity': { 422: aPage },
  'POST /auth/email/verification': { 422: body({ email: 'grace' }) },
  'POST /auth/email/verify': { 422: body({}) },
  'POST /auth/email': { 422: body({ new_email: 'grace' }) },
  'POST /auth/email/confirm': { 409: takenBy('confirm_email'), 422: body({}) },
  'POST /auth/email/undo': { 409: takenBy('undo_email_change'), 422: body({}) },
  'POST /auth/password': { 422: body({ new_password: 'horse' }) },
  'POST /auth/password/forgot': { 422: body({ email: 'grace' }) },
  'POST /auth/password/reset': { 422: body({ token: 'x', new_password: 'horse' }) },
  'POST /auth/logout-all': { 422: body({ keep_current: 'yes' }) },
  'PATCH /auth/me': {
    409: body({ username: signedUp.username }),
    422: body({ username: 'x' }),
  },
  'DELETE /auth/me': {
    409: { ...body({ current_password: PASSWORD }), token: lastAdmin.token },
    422: body({}),
  },
  'GET /admin/users': { 422: aPage },
  'POST /admin/users': {
    409: body({ username: uniqueName(), email: signedUp.email }),
    422: body({ username: uniqueName(), email: 'n@example.org', roles: ['none-such'] }),
  },
  'PATCH /admin/users/{id}': {
    409: body({ username: signedUp.username }),
    422: body({ username: 'x' }),
  },
  'DELETE /admin/users/{id}': { 409: ofLastAdmin },
  'DELETE /admin/users/{id}/identities/{identity_id}': { 409: lastIdentityOf },
  'POST /admin/users/{id}/disable': { 409: ofLastAdmin },
  'PUT /admin/users/{id}/roles/{role}': { 422: { path: { role: 'user' } } },
  'DELETE /admin/users/{id}/roles/{role}': { 409: ofLastAdmin, 422: { path: { role: 'user' } } },
  'POST /admin/roles': {
    409: body({ name: 'admin', permissions: [] }),
    422: body({ name: 'Editor', permissions: ['write'] }),
  },
  'PATCH /admin/roles/{name}': { 422: body({ permissions: ['write'] }) },
  'GET /admin/invitations': { 422: aPage },
  'POST /admin/invitations': { 422: body({ email: 'ada', expires_in_days: 0 }) },
  'GET /admin/audit': { 422: aPage },
  'GET /admin/audit/export': { 422: aPage },
}

/** A sign-in at a provider that is back, with what it is exchanged by. */
async function arrived(
  profile: ProviderProfile,
  options: { intent?: string; token?: string } = {},
): Promise<Refused> {
  const browser = browserOf(t)
  const code = await browser.arrive(vouch(profile), options)
  return {
    ...body({ code }),
    cookie: browser.cookie(),
    ...(options.token && { token: options.token }),
  }
}

/** By an email that somebody may take back. */
async function keptEmail(): Promise<Refused> {
  const profile = profileOf()
  await pendingToken(t, await t.signup(), 'undo_email_change', String(profile.email))
  return arrived(profile)
}

/** To link what somebody else has. */
async function takenIdentity(): Promise<Refused> {
  const profile = profileOf()
  await linkedTo(t, await t.signup(), profile)
  const { access_token: token } = await t.login(await t.signup())
  return arrived(profile, { intent: 'link', token })
}

/** Somebody verified with as many identities as there may be. */
async function withManyIdentities() {
  const person = await t.signup()
  await setUser(t, person, 'email_verified_at = now()')
  for (let at = 0; at < 20; at++) await linkedTo(t, person, profileOf())
  return person
}

/** The token of an identity that somebody else got meanwhile. */
async function takenMeanwhile(): Promise<Refused> {
  const person = await t.signup()
  await setUser(t, person, 'email_verified_at = now()')
  const { profile, ...found } = await foundTo(t, person)
  await linkedTo(t, await t.signup(), profile)
  return { ...found, token: (await t.login(person)).access_token }
}

/** A token for an address that another account has by now. */
function takenBy(purpose: Purpose) {
  return async () => {
    const { token } = await pendingToken(t, await t.signup(), purpose, signedUp.email)
    return body({ token })
  }
}

const shown = routes.flatMap((route) =>
  [409, 422].flatMap((status) => {
    const named = route.responses[status]?.content?.['application/problem+json']?.examples ?? {}
    return Object.entries(named).map(([code, { value }]) => {
      const both = `${status} ${code}`
      const key = both in (REFUSED[route.name] ?? {}) ? both : String(status)
      return { name: route.name, key, value, route }
    })
  }),
)

it('the table has every example of 409 and 422', () => {
  expect(shown.map(({ name, key }) => `${name} ${key}`).sort()).toEqual(
    Object.entries(REFUSED)
      .flatMap(([name, by]) => Object.keys(by).map((key) => `${name} ${key}`))
      .sort(),
  )
})

it.each(shown)('$name answers $key to the last word', async ({ name, key, value, route }) => {
  const given = REFUSED[name]?.[key]
  const refused = typeof given === 'function' ? await given() : (given ?? {})
  const isForAdmins = permissionOf(route) !== undefined
  const values = { ...(isForAdmins && (await madeFor(t, route.path))), ...refused.path }
  const sent = await t.request(filled(route.path, values) + (refused.query ?? ''), {
    method: route.method,
    headers: {
      ...(refused.body && { 'content-type': 'application/json' }),
      ...(refused.cookie && { cookie: refused.cookie }),
      authorization: `Bearer ${refused.token ?? (isForAdmins ? deputy.token : access_token)}`,
    },
    ...(refused.body && { body: JSON.stringify(refused.body) }),
  })
  const answer = await sent.json()
  if (key === '422') expect(answer.errors.length).toBeGreaterThan(0)
  // What is new in each answer.
  const told = (of: object) => ({ ...of, request_id: '', link_token: undefined })
  expect(told(answer)).toEqual(told(value as object))
})
