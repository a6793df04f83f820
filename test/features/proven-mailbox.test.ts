import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type Person, type TestApp } from '../support/app.ts'
import { auditRows } from '../support/audit.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { withTotp } from '../support/enrolled.ts'
import { identitiesLeft, linkedIdentity } from '../support/identities.ts'
import { tokenTo } from '../support/links.ts'
import { quoted } from '../support/names.ts'
import { registered } from '../support/passkeys.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectDead, personWith, setSession, setUser } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const NEW = 'another horse, another battery'
const VERIFIED = 'email_verified_at = now()'
type User = Person & { id: string }

const logIn = ({ username }: Person, password: string) =>
  t.post('/auth/login', { username_or_email: username, password })

/** How many factors of somebody there are, and how many the user's row counts. */
async function factorsOf({ id }: User): Promise<unknown> {
  const [counts] = await t.column(`select concat_ws(' ',
    (select count(*) from edge_auth.totp_factors where user_id = ${quoted(id)}),
    (select count(*) from edge_auth.recovery_codes where user_id = ${quoted(id)}), factor_count)
    from edge_auth.users where id = ${quoted(id)}`)
  return counts
}

/** By what an account was given to the reader of its mail, as the trail tells. */
async function claimsOf({ id }: User): Promise<unknown[]> {
  const events = await auditRows(t, `event = 'account_claimed' and subject_id = ${quoted(id)}`)
  return events.map(({ actor_id, outcome, details }) => [actor_id === id, outcome, details.by])
}

/** Which identities somebody lost, as the trail tells. */
async function unlinksOf({ id }: User): Promise<unknown[]> {
  const events = await auditRows(t, `event = 'identity_unlinked' and subject_id = ${quoted(id)}`)
  return events.map(({ details }) => details)
}

async function resetBy({ email }: Person): Promise<void> {
  expect((await t.post('/auth/password/forgot', { email })).status).toBe(202)
  const token = await tokenTo(t, email, 'http://localhost:8000/reset-password?')
  const answer = await t.post('/auth/password/reset', { token, new_password: NEW })
  expect(answer.status).toBe(204)
}

describe('a password reset', () => {
  it('of an address that nobody had verified takes away what a stranger set up', async () => {
    const { person, tokens } = await withTotp(t)
    const linked = [
      { identity: await linkedIdentity(t, person), provider: 'google' },
      { identity: await linkedIdentity(t, person, { provider: 'github' }), provider: 'github' },
    ]
    await resetBy(person)
    await expectDead(t, tokens)
    expect(await identitiesLeft(t, person)).toEqual([])
    const told = await unlinksOf(person)
    expect(told).toHaveLength(2)
    expect(told).toEqual(expect.arrayContaining(linked))
    expect(await factorsOf(person)).toBe('0 0 0')
    expect(await claimsOf(person)).toEqual([[true, 'success', 'reset_password']])
    const { access_token } = await t.login({ ...person, password: NEW })
    const me = await (await t.get('/auth/me', access_token)).json()
    expect(me).toMatchObject({ email_verified: true })
  })

  it('of a verified one leaves second factors and identities', async () => {
    const { person, tokens } = await withTotp(t)
    await setUser(t, person, VERIFIED)
    const id = await linkedIdentity(t, person)
    await resetBy(person)
    await expectDead(t, tokens)
    expect(await identitiesLeft(t, person)).toEqual([id])
    expect(await unlinksOf(person)).toEqual([])
    expect(await factorsOf(person)).toBe('1 1 1')
    expect(await claimsOf(person)).toEqual([])
    expect(await (await logIn(person, NEW)).json()).toMatchObject({ mfa_required: true })
  })
})

/** Gives somebody another address, and returns the token that undoes it. */
async function changed(person: User, accessToken: string): Promise<string> {
  const new_email = `n${crypto.randomUUID().slice(0, 8)}@example.net`
  const wanted = { new_email, current_password: PASSWORD }
  expect((await t.post('/auth/email', wanted, accessToken)).status).toBe(202)
  const token = await tokenTo(t, new_email, '/confirm-email')
  expect((await t.post('/auth/email/confirm', { token })).status).toBe(204)
  return tokenTo(t, person.email, '/undo-email-change')
}

const undo = async (token: string) =>
  expect((await t.post('/auth/email/undo', { token })).status).toBe(204)

describe('a confirmed change of the address', () => {
  it('leaves what its user has set up', async () => {
    const { person, sessions } = await personWith(t, 1)
    const id = await linkedIdentity(t, person)
    await setUser(t, person, VERIFIED)
    await changed(person, sessions[0].access_token)
    expect(await identitiesLeft(t, person)).toEqual([id])
    await t.login(person)
  })
})

describe('an undone change of the address', () => {
  it('takes all identities away, for whoever changed it may have linked any of them', async () => {
    const { person, sessions } = await personWith(t, 1)
    await setUser(t, person, VERIFIED)
    const before = await linkedIdentity(t, person)
    const token = await changed(person, sessions[0].access_token)
    const since = await linkedIdentity(t, person, { provider: 'github' })
    await undo(token)
    expect(await identitiesLeft(t, person)).toEqual([])
    await t.login(person)
    const events = await auditRows(
      t,
      `event = 'identity_unlinked' and subject_id = ${quoted(person.id)}`,
    )
    const told = [
      { identity: before, provider: 'google' },
      { identity: since, provider: 'github' },
    ]
    expect(events.map(({ details }) => details)).toEqual(expect.arrayContaining(told))
    expect(events).toHaveLength(2)
    expect(await claimsOf(person)).toEqual([])
  })

  it('takes second factors away that were set up since: their mails went to the other address', async () => {
    const { person, tokens } = await withTotp(t)
    await setUser(t, person, VERIFIED)
    await setSession(t, tokens, 'second_factor_at = now()')
    const token = await changed(person, tokens.access_token)
    await t.column(
      `update edge_auth.totp_factors set confirmed_at = now() where user_id = ${quoted(person.id)}`,
    )
    await undo(token)
    expect(await factorsOf(person)).toBe('0 0 0')
    await t.login(person)
  })

  it('leaves second factors of before, and with them the recovery codes', async () => {
    const { person, tokens } = await withTotp(t)
    await setUser(t, person, VERIFIED)
    await setSession(t, tokens, 'second_factor_at = now()')
    await registered(t, tokens, await createAuthenticator())
    await t.column(
      `update edge_auth.passkeys set created_at = now() + interval '1 minute' where user_id = ${quoted(person.id)}`,
    )
    const token = await changed(person, tokens.access_token)
    await undo(token)
    expect(await factorsOf(person)).toBe('1 1 1')
    expect(
      await t.column(`select id from edge_auth.passkeys where user_id = ${quoted(person.id)}`),
    ).toEqual([])
    expect(await (await logIn(person, PASSWORD)).json()).toMatchObject({ mfa_required: true })
  })
})
