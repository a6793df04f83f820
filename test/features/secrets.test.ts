import { getTableName } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Answered } from '../../src/deps.ts'
import * as models from '../../src/models/index.ts'
import { adminOf } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { invited } from '../support/invitations.ts'
import { tokenTo } from '../support/links.ts'
import { quoted } from '../support/names.ts'
import { createTestApp } from '../support/runtime.ts'
import type { Pair } from '../support/sessions.ts'
import { newAddress } from '../support/tries.ts'

const run = crypto.randomUUID().replaceAll('-', '')
let markers = 0
/** A secret that nobody else in the run sends, and that is no part of another. */
const marker = (kind: string) => `${kind}Marker${++markers}x${run}`

let t: TestApp
const counted: Answered[] = []
beforeAll(async () => {
  const base = await createTestApp()
  t = await base.beside({ deps: { metrics: { answered: (one) => void counted.push(one) } } })
})
afterAll(() => t.close())

/** What must be nowhere: not in the log, an answer, a count of requests or a row. */
const secrets = new Map<string, string>()
/** What is in no log, audit row and count, and in no answer to anybody else. */
const personal = new Map<string, string>()
const refusals: string[] = []
const requests: string[] = []
const from = newAddress()

function secret(kind: string, value = marker(kind)): string {
  secrets.set(value, kind)
  return value
}
function person(kind: string): string {
  const value = marker(kind).toLowerCase().slice(0, 30)
  personal.set(value, kind)
  return value
}

/** In whatever case: names and addresses are stored in small letters. */
const partsOf = (value: string) =>
  [value, ...value.split('.').filter(({ length }) => length > 40)].map((part) => part.toLowerCase())

/** Each row is made a text once, and not once a secret (`offset 0`): other tests fill these tables, too. */
function foundIn(table: string, parts: string[]): Promise<unknown[]> {
  return t.column(`select part
    from (select lower(to_jsonb(it)::text) as row from edge_auth.${table} it offset 0) as rows
    cross join unnest(array[${parts.map(quoted).join(', ')}]) as part
    where strpos(row, part) > 0`)
}

type Sent = { token?: string | undefined; method?: string; type?: string }

async function send(path: string, body: unknown, { token, method = 'POST', type }: Sent = {}) {
  const requestId = crypto.randomUUID()
  requests.push(requestId)
  const answer = await t.request(path, {
    method,
    headers: {
      'content-type': type ?? 'application/json',
      'x-request-id': requestId,
      'x-test-address': from,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(method !== 'GET' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (answer.status >= 400) refusals.push(text)
  return { status: answer.status, text, json: () => JSON.parse(text) }
}

it('no secret that was sent is in the log, a refusal, the audit trail, a count or a table', async () => {
  const username = person('u')
  const email = `${person('e').slice(0, 20)}@${person('d').slice(0, 20)}.example.org`
  const other = `${person('o').slice(0, 20)}@example.org`
  personal.set(email, 'email').set(other, 'other email')
  const password = secret('password')
  const next = secret('newPassword')
  const last = secret('lastPassword')
  const credentials = () => ({ username_or_email: username, password })

  // Sign-ups, refused and not; and secrets where they do not belong.
  const turnstile_token = secret('turnstile')
  const invitation = secret('invitationToken', (await invited(t, email)).token)
  await send('/auth/signup', { username: secret('passwordAsName'), email, password })
  await send('/auth/signup', { username, email: secret('passwordAsEmail'), password })
  await send('/auth/signup', { username, email, password: `${username}1` })
  await send('/auth/signup', { username, email, password, [secret('field').slice(0, 30)]: 1 })
  await send('/auth/signup', `{"password":"${secret('brokenJson')}"`)
  await send('/auth/signup', `password=${secret('form')}`, {
    type: 'application/x-www-form-urlencoded',
  })
  const signup = { username, email, password, turnstile_token, invitation }
  expect((await send('/auth/signup', signup)).status).toBe(201)
  expect((await send('/auth/signup', signup)).status).toBe(409)

  // Log-ins, of which some have the password in the wrong field.
  await send('/auth/login', { username_or_email: username, password: secret('wrongPassword') })
  await send('/auth/login', { username_or_email: secret('passwordAsLogin'), password: 'x' })
  await send('/auth/login', {
    username_or_email: `${secret('passwordAsMail')}@example.org`,
    password,
  })
  const first: Pair = (await send('/auth/login', credentials())).json()
  const second: Pair = (await send('/auth/login', credentials())).json()
  for (const pair of [first, second]) {
    secret('access token', pair.access_token)
    secret('refresh token', pair.refresh_token)
  }
  const access = { token: first.access_token }

  // Tokens: refreshed, used once more, of the wrong kind, broken, and in the wrong place.
  const refreshed = await send('/auth/refresh', {}, { token: second.refresh_token })
  secret('second refresh token', refreshed.json().refresh_token)
  const again = await send('/auth/refresh', {}, { token: refreshed.json().refresh_token })
  secret('third refresh token', again.json().refresh_token)
  expect((await send('/auth/refresh', {}, { token: second.refresh_token })).status).toBe(401)
  await send('/auth/refresh', {}, access)
  await send('/auth/me', {}, { token: first.refresh_token, method: 'GET' })
  await send('/auth/me', {}, { token: secret('noToken'), method: 'GET' })
  await send(`/auth/me?access_token=${secret('queryToken')}`, {}, { method: 'GET' })
  await send(`/${secret('path')}`, {}, { method: 'GET' })
  await send(`/auth/sessions/${secret('sessionId')}`, {}, { ...access, method: 'DELETE' })

  // The account: password, address, and the links of mails.
  const link = async (address: string, page: string) =>
    secret(`token of ${page}`, await tokenTo(t, address, page))
  const verified = await send('/auth/email/verify', { token: await link(email, '/verify-email') })
  expect(verified.status).toBe(204)
  const change = { current_password: password, new_password: next }
  await send('/auth/password', { ...change, current_password: secret('wrongCurrent') }, access)
  await send('/auth/password', { ...change, new_password: `${password}${email}` }, access)
  expect((await send('/auth/password', change, access)).status).toBe(204)
  const moved = { new_email: other, current_password: next }
  expect((await send('/auth/email', moved, access)).status).toBe(202)
  const confirm = { token: await link(other, '/confirm-email') }
  expect((await send('/auth/email/confirm', confirm)).status).toBe(204)
  expect((await send('/auth/email/confirm', confirm)).status).toBe(400)
  const undo = { token: await link(email, '/undo-email-change') }
  expect((await send('/auth/email/undo', undo)).status).toBe(204)
  await send('/auth/password/forgot', { email })
  const reset = { token: await link(email, '/reset-password'), new_password: last }
  await send('/auth/password/reset', { ...reset, token: secret('noLink') })
  await send(`/reset-password?token=${secret('linkInPath')}`, {}, { method: 'GET' })
  const form = new URLSearchParams({ ...reset, token: secret('linkInForm') }).toString()
  await send('/reset-password', form, { type: 'application/x-www-form-urlencoded' })
  expect((await send('/auth/password/reset', reset)).status).toBe(204)

  const admin = await adminOf(t)
  await send(`/admin/audit?cursor=${secret('cursor')}`, {}, { token: admin.token, method: 'GET' })
  await send(`/admin/audit?event=${secret('event')}`, {}, { token: admin.token, method: 'GET' })
  const [hash] = await t.column(
    `select password_hash from edge_auth.credentials join edge_auth.users on id = user_id
     where username_key = ${quoted(username)}`,
  )
  const account = await t.column(
    `select id::text from edge_auth.users where username_key = ${quoted(username)}`,
  )

  const trail = await t.column(`select to_jsonb(it)::text from edge_auth.audit_events it
    where request_id in (${requests.map(quoted).join(', ')}) or subject_id = ${quoted(String(account[0]))}`)
  expect(trail.length).toBeGreaterThan(12)
  expect(refusals.length).toBeGreaterThan(20)
  expect(counted.length).toBeGreaterThan(30)
  expect(t.log.length).toBeGreaterThan(40)
  const places: [string, string][] = [
    ['the log', JSON.stringify(t.log).toLowerCase()],
    ['the audit trail', trail.join('\n').toLowerCase()],
    ['a count of requests', JSON.stringify(counted).toLowerCase()],
    ['a refusal', refusals.join('\n').toLowerCase()],
  ]
  for (const [place, text] of places) {
    for (const [value, kind] of [...secrets, [String(hash), 'password hash']]) {
      // What a client called a field is named to it, and to nobody else.
      if (place === 'a refusal' && kind === 'field') continue
      for (const part of partsOf(String(value)))
        expect(text, `${kind} in ${place}`).not.toContain(part)
    }
    for (const [value, kind] of personal) {
      // The domain of an address is part of what the trail shows.
      if (place === 'the audit trail' && kind === 'd') continue
      expect(text, `${kind} in ${place}`).not.toContain(value)
    }
  }

  // Nor does a table have one, whatever it is for; but hashes where they belong.
  const parts = [...secrets.keys()].flatMap(partsOf)
  for (const table of Object.values(models).map(getTableName))
    expect(await foundIn(table, parts), table).toEqual([])
})

it('the same search finds what is there', async () => {
  const { email } = await t.signup()
  expect(await foundIn('users', [marker('nowhere'), email, 'x.y'])).toEqual([email])
  expect(JSON.stringify(t.log)).toContain('credential_refused')
})
