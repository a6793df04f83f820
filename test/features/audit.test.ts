import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUDIT_EVENTS, type AuditEvent } from '../../src/core/audit/events.ts'
import { adminOf } from '../support/admin.ts'
import { PASSWORD, type Person, type TestApp } from '../support/app.ts'
import {
  type AuditRow,
  auditOf,
  auditRows,
  DRIVEN_ELSEWHERE,
  type ExpectedEvent,
  rowOf,
} from '../support/audit.ts'
import { invited } from '../support/invitations.ts'
import { limitsOf } from '../support/limits.ts'
import { tokenTo } from '../support/links.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { createTestApp } from '../support/runtime.ts'
import { type Pair, sidOf } from '../support/sessions.ts'
import { newAddress } from '../support/tries.ts'

const WRONG = 'not the password of anybody'
const NEXT = `${PASSWORD} anew`
const PSEUDONYM = expect.stringMatching(/^[\w-]{16}$/)

let t: TestApp
/** Sees what the tests of this file cause alone, where others share the database. */
const address = newAddress()
const driven = new Set<AuditEvent>()
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

type Sent = { body?: unknown; token?: string; method?: string; from?: string; to?: TestApp }

/** Sends one request under an id of its own, and asserts the events that it left: these, and no others. */
async function step(path: string, { body, token, method = 'POST', from = address, to = t }: Sent) {
  const requestId = crypto.randomUUID()
  const answer = await to.request(path, {
    method,
    headers: {
      'content-type': 'application/json',
      'x-request-id': requestId,
      'x-test-address': from,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    json: text && JSON.parse(text),
    async leaves(...expected: ExpectedEvent[]) {
      const rows = await auditOf(t, requestId)
      for (const { event } of expected) driven.add(event)
      expect(rows.map(withoutId)).toEqual(expected.map((one) => rowOf(one, requestId, from)))
    },
  }
}

function withoutId({ id, at, ...row }: AuditRow & { at?: unknown }) {
  expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(
    Math.floor(Date.parse(String(at))),
  )
  return row
}

const masked = (email: string) => email.replace(/^(.).*@/, '$1***@')
const logIn = (person: Person, password = person.password) =>
  step('/auth/login', { body: { username_or_email: person.username, password } })

describe('a journey', () => {
  let person: Person & { id: string }
  let own: { actor_id: string; subject_id: string }
  let sessions: [Pair, Pair, Pair]
  const by = (session: Pair) => ({ ...own, session_id: sidOf(session) })

  it('begins with a sign-up, and an address that is verified', async () => {
    const username = uniqueName('a')
    person = { id: '', username, email: `${username}@example.org`, password: PASSWORD }
    const { id, ...body } = person
    const signup = await step('/auth/signup', { body })
    person = { ...person, id: signup.json.id }
    own = { actor_id: person.id, subject_id: person.id }
    await signup.leaves({ event: 'user_created', ...own, details: { email: masked(person.email) } })

    const again = await step('/auth/email/verification', { body: { email: person.email } })
    await again.leaves({ event: 'email_verification_requested', subject_id: person.id })
    const token = await tokenTo(t, person.email, '/verify-email')
    await (await step('/auth/email/verify', { body: { token } })).leaves({
      event: 'email_verified',
      ...own,
    })
    // A link works once, and what it does not do is no event.
    const spent = await step('/auth/email/verify', { body: { token } })
    expect(spent.status).toBe(400)
    await spent.leaves()
  })

  it('goes on with log-ins, of which some fail', async () => {
    const failed = await logIn(person, WRONG)
    expect(failed.status).toBe(401)
    const details = { reason: 'wrong_password' }
    await failed.leaves({ event: 'login_failed', subject_id: person.id, details })

    const nobody = uniqueName('n')
    const unknown = await step('/auth/login', {
      body: { username_or_email: nobody, password: WRONG },
    })
    expect(unknown.status).toBe(401)
    const reason = { reason: 'unknown_account', account: PSEUDONYM }
    await unknown.leaves({ event: 'login_failed', details: reason })

    const opened: Pair[] = []
    for (let count = 0; count < 3; count++) {
      const login = await logIn(person)
      opened.push(login.json)
      await login.leaves({ event: 'session_opened', ...by(login.json), details: { amr: 'pwd' } })
    }
    sessions = opened as typeof sessions
  })

  it('ends sessions, one by one and by a token that was used before', async () => {
    const [first, second, third] = sessions
    const ended = await step(`/auth/sessions/${sidOf(second)}`, {
      method: 'DELETE',
      token: first.access_token,
    })
    expect(ended.status).toBe(204)
    const details = { by_session: sidOf(first) }
    await ended.leaves({ event: 'session_ended', ...by(second), details })

    const refresh = (pair: Pair) => step('/auth/refresh', { token: pair.refresh_token })
    const next = await refresh(third)
    await next.leaves()
    await (await refresh(next.json)).leaves()
    const reused = await refresh(third)
    expect(reused.status).toBe(401)
    const session_id = sidOf(third)
    await reused.leaves({ event: 'refresh_token_reused', subject_id: person.id, session_id })
    await (await refresh(third)).leaves()
    await (await step('/auth/logout', { token: third.access_token })).leaves()
  })

  it('changes the password, where the current one is known', async () => {
    const [first] = sessions
    const change = (current_password: string) =>
      step('/auth/password', {
        body: { current_password, new_password: NEXT },
        token: first.access_token,
      })
    const refused = await change(WRONG)
    expect(refused.status).toBe(401)
    await refused.leaves({ event: 'password_refused', ...by(first) })
    await (await change(PASSWORD)).leaves({ event: 'password_changed', ...by(first) })
    person = { ...person, password: NEXT }
  })

  it('changes the address, and takes the change back', async () => {
    const [first] = sessions
    const other = `b${person.email}`
    const change = await step('/auth/email', {
      body: { new_email: other, current_password: NEXT },
      token: first.access_token,
    })
    const details = { new_email: masked(other) }
    await change.leaves({ event: 'email_change_requested', ...by(first), details })
    const token = await tokenTo(t, other, '/confirm-email')
    const both = { email: masked(person.email), new_email: masked(other) }
    const confirmed = await step('/auth/email/confirm', { body: { token } })
    await confirmed.leaves({ event: 'email_changed', ...own, details: both })
    const undo = await tokenTo(t, person.email, '/undo-email-change')
    const undone = await step('/auth/email/undo', { body: { token: undo } })
    const restored = { email: masked(person.email) }
    await undone.leaves({ event: 'email_change_undone', ...own, details: restored })
  })

  it('gets back in by a mail, logs out everywhere, and leaves', async () => {
    const forgot = (email: string) => step('/auth/password/forgot', { body: { email } })
    await (await forgot(person.email)).leaves({
      event: 'password_reset_requested',
      subject_id: person.id,
    })
    // As much is recorded of an address that nobody has.
    await (await forgot(`${uniqueName()}@example.org`)).leaves({
      event: 'password_reset_requested',
    })
    const token = await tokenTo(t, person.email, '/reset-password')
    const body = { token, new_password: PASSWORD }
    await (await step('/auth/password/reset', { body })).leaves({ event: 'password_reset', ...own })
    person = { ...person, password: PASSWORD }

    const { json: one } = await logIn(person)
    await (await step('/auth/logout', { token: one.access_token })).leaves({
      event: 'session_ended',
      ...by(one),
    })
    const { json: two } = await logIn(person)
    await (await step('/auth/logout-all', { token: two.access_token })).leaves({
      event: 'sessions_ended',
      ...by(two),
    })
    const { json: last } = await logIn(person)
    const deleted = await step('/auth/me', {
      method: 'DELETE',
      token: last.access_token,
      body: { current_password: PASSWORD },
    })
    expect(deleted.status).toBe(204)
    const details = { email: masked(person.email) }
    await deleted.leaves({ event: 'user_deleted', ...by(last), details })
  })

  it('left these events about the account, and no others', async () => {
    const rows = await auditRows(
      t,
      `subject_id = ${quoted(person.id)} or actor_id = ${quoted(person.id)}`,
    )
    expect(rows.map(({ event }) => event)).toEqual([
      ...['user_created', 'email_verification_requested', 'email_verified', 'login_failed'],
      ...['session_opened', 'session_opened', 'session_opened', 'session_ended'],
      ...['refresh_token_reused', 'password_refused', 'password_changed'],
      ...['email_change_requested', 'email_changed', 'email_change_undone'],
      ...['password_reset_requested', 'password_reset', 'session_opened', 'session_ended'],
      ...['session_opened', 'sessions_ended', 'session_opened', 'user_deleted'],
    ])
  })
})

describe('a limit that is reached', () => {
  const limited = (counts: Parameters<typeof limitsOf>[0]) =>
    t.beside({ env: { RATE_LIMITS: limitsOf(counts) } })

  it('is recorded once an hour, with the account that it holds back', async () => {
    const strict = await limited({ login_account: 1 })
    const person = await t.signup()
    const attempt = (password: string) =>
      step('/auth/login', {
        body: { username_or_email: person.email, password },
        from: newAddress(),
        to: strict,
      })
    await (await attempt(WRONG)).leaves({
      event: 'login_failed',
      subject_id: person.id,
      details: { reason: 'wrong_password' },
    })
    const limit = { limit: 'login_account' }
    const reached: ExpectedEvent = { event: 'limit_reached', subject_id: person.id, details: limit }
    const first = await attempt(person.password)
    expect(first.status).toBe(429)
    await first.leaves(reached)
    const trips = await strict.roundTrips(async () => {
      await (await attempt(WRONG)).leaves()
    })
    expect(trips).toBe(1)
    strict.advance(3601)
    await (await attempt(WRONG)).leaves(reached)
  })

  it('is recorded of an account that nobody has, too, and names it by a pseudonym', async () => {
    const strict = await limited({ login_account: 1 })
    const body = { username_or_email: uniqueName('n'), password: WRONG }
    const attempt = () => step('/auth/login', { body, from: newAddress(), to: strict })
    const reason = { reason: 'unknown_account', account: PSEUDONYM }
    await (await attempt()).leaves({ event: 'login_failed', details: reason })
    const details = { limit: 'login_account', account: PSEUDONYM }
    await (await attempt()).leaves({ event: 'limit_reached', details })
    const rows = await auditRows(t, `details->>'limit' = 'login_account' and subject_id is null`)
    expect(JSON.stringify(rows)).not.toContain(body.username_or_email)
  })

  it('is recorded with the session that it holds back', async () => {
    const strict = await limited({ password_session: 1 })
    const person = await t.signup()
    const session: Pair = await t.login(person)
    const change = () =>
      step('/auth/password', {
        body: { current_password: WRONG, new_password: NEXT },
        token: session.access_token,
        to: strict,
      })
    const by = { actor_id: person.id, subject_id: person.id, session_id: sidOf(session) }
    await (await change()).leaves({ event: 'password_refused', ...by })
    const details = { limit: 'password_session' }
    await (await change()).leaves({ event: 'limit_reached', ...by, details })
    await (await change()).leaves()
  })

  it('is recorded with the admin whom it holds back', async () => {
    const strict = await limited({ mail_address: 1 })
    const admin = await adminOf(t)
    const { id } = await t.signup()
    const reset = () =>
      step(`/admin/users/${id}/password-reset`, { token: admin.token, body: {}, to: strict })
    await reset()
    const by = { actor_id: admin.id, subject_id: admin.id, session_id: expect.any(String) }
    await (await reset()).leaves({
      event: 'limit_reached',
      ...by,
      details: { limit: 'mail_address' },
    })
  })

  it('is recorded of a client, and of one that fills a form', async () => {
    const strict = await limited({ reset_client: 1 })
    const person = await t.signup()
    await t.post('/auth/password/forgot', { email: person.email })
    const token = await tokenTo(t, person.email, '/reset-password')
    const from = newAddress()
    const body = { token, new_password: 'short' }
    const network = from.replace(/::1$/, '::2')
    const good = { ...body, new_password: PASSWORD.slice(0, 4).repeat(9) }
    expect((await step('/auth/password/reset', { body: good, from, to: strict })).status).toBe(204)
    const requestId = crypto.randomUUID()
    const page = await strict.request('/reset-password', {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-request-id': requestId,
        'x-test-address': from,
      },
      body: new URLSearchParams(good).toString(),
    })
    expect([page.status, page.headers.get('content-type')]).toEqual([
      429,
      expect.stringContaining('text/html'),
    ])
    const expected: ExpectedEvent = {
      event: 'limit_reached',
      details: { limit: 'reset_client' },
    }
    expect((await auditOf(t, requestId)).map(withoutId)).toEqual([rowOf(expected, requestId, from)])
    driven.add('limit_reached')
    // One client has a whole network.
    await (await step('/auth/password/reset', { body: good, from: network, to: strict })).leaves()
  })
})

describe('failures', () => {
  it('are recorded so often, and refused as before beyond that, at the cost of the same statements', async () => {
    const few = await t.beside({ env: { RATE_LIMITS: limitsOf({ audit_subject: 3 }) } })
    const person = await t.signup()
    const attempt = (username_or_email: string) =>
      step('/auth/login', { body: { username_or_email, password: WRONG }, to: few })
    const nobody = uniqueName('n')
    const trips: number[] = []
    for (const name of [person.username, nobody]) {
      for (let count = 0; count < 5; count++) {
        trips.push(await few.roundTrips(async () => expect((await attempt(name)).status).toBe(401)))
      }
    }
    expect(new Set(trips)).toEqual(new Set([2]))
    expect(
      await auditRows(t, `subject_id = ${quoted(person.id)} and outcome = 'failure'`),
    ).toHaveLength(3)
    const account = await few.deps.pseudonyms.account(nobody)
    expect(await auditRows(t, `details->>'account' = ${quoted(account)}`)).toHaveLength(3)
  })

  it('are bounded where nothing else is limited', async () => {
    const off = await t.beside({ env: { RATE_LIMITS: 'off' } })
    const person = await t.signup()
    const body = { username_or_email: person.username, password: WRONG }
    for (let count = 0; count < 14; count++) await step('/auth/login', { body, to: off })
    const rows = await auditRows(t, `subject_id = ${quoted(person.id)} and outcome = 'failure'`)
    expect(rows.length).toBeLessThanOrEqual(10)
  })

  it('are none where the request is at fault, or the credentials are right', async () => {
    const person = await t.signup()
    const { access_token } = await t.login(person)
    const steps = [
      await step('/auth/login', { body: { username_or_email: person.username } }),
      await step('/auth/me', { method: 'GET', token: access_token }),
      await step('/auth/me', { method: 'GET', token: 'x.y.z' }),
      await step('/nowhere', { method: 'GET' }),
      await step('/auth/signup', { body: person }),
    ]
    expect(steps.map(({ status }) => status)).toEqual([422, 200, 401, 404, 422])
    for (const one of steps) await one.leaves()
  })
})

describe('what has no request', () => {
  it('is recorded of the operator without an address', async () => {
    const email = `${uniqueName('i')}@example.org`
    const { id } = await invited(t, email)
    const open = await invited(t)
    const rows = await auditRows(
      t,
      `event = 'invitation_issued' and details->>'invitation' in (${quoted(id)}, ${quoted(open.id)})`,
    )
    expect(rows.map(withoutId)).toEqual([
      rowOf(
        { event: 'invitation_issued', details: { invitation: id, email: masked(email) } },
        null,
        null,
      ),
      rowOf({ event: 'invitation_issued', details: { invitation: open.id } }, null, null),
    ])
    driven.add('invitation_issued')
  })

  it('is recorded of the service itself', async () => {
    const person = await t.signup()
    await t.column(`update edge_auth.outbox set created_at = created_at - interval '3 days'
      where recipient = ${quoted(person.email)} returning 1`)
    await t.deliver()
    const given = () =>
      auditRows(t, `event = 'mail_given_up' and subject_id = ${quoted(person.id)}`)
    // Where tests share a database, another may have it in hand.
    await expect.poll(async () => (await given()).length).toBe(1)
    expect((await given()).map(withoutId)).toEqual([
      rowOf(
        {
          event: 'mail_given_up',
          subject_id: person.id,
          details: { mail: 'verify_email' },
        },
        null,
        null,
      ),
    ])
    driven.add('mail_given_up')
  })
})

it('a request has the id that its client gave, if it is one, and an address that may be unknown', async () => {
  const longest = `a-Z_0.9:${'x'.repeat(120)}`
  const hostile = [`${longest}x`, 'a b', "'; drop table users", 'ä', '', '<b>', 'a,b']
  const unknown = await t.beside({ deps: { clientAddress: () => undefined } })
  const person = await t.signup()
  const logIn = (id: string) =>
    unknown.request('/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': id },
      body: JSON.stringify({ username_or_email: person.username, password: person.password }),
    })
  expect((await logIn(longest)).headers.get('x-request-id')).toBe(longest)
  for (const id of hostile) await logIn(encodeURI(id) === id ? id : id.replace('ä', '\u00e4'))
  const rows = await auditRows(t, `event = 'session_opened' and subject_id = ${quoted(person.id)}`)
  expect(rows.map(({ ip }) => ip)).toEqual(Array(hostile.length + 1).fill(null))
  const [first, ...others] = rows.map(({ request_id }) => request_id)
  expect(first).toBe(longest)
  for (const id of others) expect(id).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/)
})

it('each event of the list was caused here, but for those of other features', () => {
  const elsewhere = new Set<string>(DRIVEN_ELSEWHERE)
  const wanted = Object.keys(AUDIT_EVENTS).filter((event) => !elsewhere.has(event))
  expect([...driven].sort()).toEqual(wanted.sort())
})
