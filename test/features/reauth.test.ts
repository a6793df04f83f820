import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf } from '../support/acting.ts'
import { grantRole } from '../support/admin.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { withTotp } from '../support/enrolled.ts'
import { subjectsTo } from '../support/links.ts'
import { quoted } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import {
  expectAlive,
  expectDead,
  type Pair,
  personWith,
  setSession,
  sidOf,
} from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const reauth = (token: string, proof: object) => t.post('/auth/reauth', proof, token)

async function reauthed(token: string, proof: object): Promise<Pair> {
  const answer = await reauth(token, proof)
  const text = await answer.text()
  expect(`${answer.status} ${text}`).toMatch(/^200 /)
  return JSON.parse(text)
}

/** What asks for a fresh proof, and changes nothing. */
async function opensSudo(token: string): Promise<boolean> {
  const answer = await t.post('/admin/roles', { name: 'NOT-A-NAME' }, token)
  if (answer.status === 422) return true
  await expectProblem(answer, 'step_up_required')
  return false
}

const AGED = "now() - interval '11 minutes'"
const admin = (id: string) => grantRole(t, id, 'admin')

describe('by the password', () => {
  it('the session goes on, with tokens that say so', async () => {
    const { person, sessions } = await personWith(t, 2)
    const [tokens, other] = sessions
    await admin((await (await t.get('/auth/me', tokens.access_token)).json()).id)
    await setSession(t, tokens, `authenticated_at = ${AGED}`)
    expect(await opensSudo(tokens.access_token)).toBe(false)
    const before = decodeJwt(tokens.access_token)

    const raised = await reauthed(tokens.access_token, { password: PASSWORD })
    const claims = decodeJwt(raised.access_token)
    expect(claims).toMatchObject({ sid: before.sid, gen: 1, acr: 'aal1', amr: ['pwd'] })
    expect(Math.abs(Number(claims.auth_time) - Date.now() / 1000)).toBeLessThan(60)
    expect(await opensSudo(raised.access_token)).toBe(true)
    expect(await eventsOf(t, String(claims.sub))).toContain('session_stepped_up')
    await expectAlive(t, other as Pair)
    expect(await subjectsTo(t, person.email)).toHaveLength(1)
  })

  it('that is wrong nothing is raised, and the trail says so', async () => {
    const { sessions } = await personWith(t, 1)
    const [tokens] = sessions
    await setSession(t, tokens, `authenticated_at = ${AGED}`)
    const { detail } = await expectProblem(
      await reauth(tokens.access_token, { password: 'not it' }),
      'invalid_credentials',
    )
    expect(detail).toBe('The current password is wrong.')
    const [at] = await t.column(
      `select (authenticated_at < now() - interval '10 minutes')::text from edge_auth.sessions where id = ${quoted(sidOf(tokens))}`,
    )
    expect(at).toBe('true')
    const events = await eventsOf(t, String(decodeJwt(tokens.access_token).sub))
    expect(events.filter((event) => /refused|stepped/.test(event))).toEqual(['password_refused'])
  })

  it('it opens nothing to a user with second factors, and does not say that one was proven', async () => {
    const { person, token, code } = await withTotp(t)
    await admin(person.id)
    const raised = await reauthed(token, { password: PASSWORD })
    expect(await opensSudo(raised.access_token)).toBe(false)
    const again = await reauthed(raised.access_token, { totp_code: await code() })
    expect(await opensSudo(again.access_token)).toBe(true)
  })

  it('nobody is let in who has no password, and the session stays', async () => {
    const { person, sessions } = await personWith(t, 1)
    const [{ access_token: token }] = sessions
    await t.column(`delete from edge_auth.credentials where user_id in (select id from edge_auth.users
      where username = ${quoted(person.username)}) returning user_id`)
    await expectProblem(await reauth(token, { password: PASSWORD }), 'invalid_credentials')
    await expectAlive(t, sessions[0])
  })
})

describe('by a code', () => {
  it('the session goes on at two factors', async () => {
    const { person, token, code } = await withTotp(t)
    await admin(person.id)
    expect(await opensSudo(token)).toBe(false)
    const totp_code = await code()
    const raised = await reauthed(token, { totp_code })
    expect(decodeJwt(raised.access_token)).toMatchObject({ acr: 'aal2', gen: 1 })
    expect(decodeJwt(raised.access_token).amr).toContain('otp')
    expect(await opensSudo(raised.access_token)).toBe(true)
    expect(await eventsOf(t, person.id)).toContain('session_stepped_up')

    await expectProblem(await reauth(token, { totp_code }), 'factor_refused')
    const asked = await t.post('/auth/login', {
      username_or_email: person.username,
      password: PASSWORD,
    })
    const { mfa_token } = await asked.json()
    const replayed = await t.post('/auth/mfa/verify', { mfa_token, totp_code })
    await expectProblem(replayed, 'factor_refused')
  })

  it('takes three round trips', async () => {
    const { token, code } = await withTotp(t)
    const totp_code = await code()
    expect(await t.roundTrips(() => reauth(token, { totp_code }))).toBe(3)
  })

  it('that is wrong it is counted, and recorded of the session that asked', async () => {
    const { person, tokens, token } = await withTotp(t)
    const strict = await t.beside({ env: { RATE_LIMITS: 'off' } })
    const guess = () => strict.post('/auth/reauth', { totp_code: '000000' }, token)
    for (let tried = 0; tried < 10; tried++) await expectProblem(await guess(), 'factor_refused')
    await expectProblem(await guess(), 'too_many_requests')
    const sids = await t.column(
      `select session_id from edge_auth.audit_events where event = 'factor_refused' and subject_id = ${quoted(person.id)}`,
    )
    expect(new Set(sids)).toEqual(new Set([sidOf(tokens)]))
  })

  it('that is right nothing stays counted', async () => {
    const { token, code } = await withTotp(t)
    const strict = await t.beside({ env: { RATE_LIMITS: 'off' } })
    const guess = () => strict.post('/auth/reauth', { totp_code: '000000' }, token)
    for (let tried = 0; tried < 9; tried++) await expectProblem(await guess(), 'factor_refused')
    const right = await strict.post('/auth/reauth', { totp_code: await code() }, token)
    expect(right.status).toBe(200)
    await expectProblem(await guess(), 'factor_refused')
    await expectProblem(await guess(), 'too_many_requests')
  })

  it('of nobody who has an app nothing is raised', async () => {
    const { sessions } = await personWith(t, 1)
    const [{ access_token: token }] = sessions
    await expectProblem(await reauth(token, { totp_code: '123456' }), 'factor_refused')
    const recovery_code = '0000-0000-0000-0000'
    await expectProblem(await reauth(token, { recovery_code }), 'factor_refused')
    expect(decodeJwt((await reauthed(token, { password: PASSWORD })).access_token).acr).toBe('aal1')
  })
})

it('a recovery code does so once, and a mail tells of it', async () => {
  const { person, token, recoveryCode } = await withTotp(t)
  await admin(person.id)
  const raised = await reauthed(token, { recovery_code: recoveryCode })
  expect(decodeJwt(raised.access_token).amr).toContain('recovery')
  expect(await opensSudo(raised.access_token)).toBe(true)
  const again = await reauth(raised.access_token, { recovery_code: recoveryCode })
  await expectProblem(again, 'factor_refused')
  const events = await eventsOf(t, person.id)
  expect(events.filter((event) => event === 'recovery_code_used')).toHaveLength(1)
  const told = (await subjectsTo(t, person.email)).filter((subject) => /recovery/i.test(subject))
  expect(told).toHaveLength(1)
})

describe('the tokens of before', () => {
  it('are answered with the same successor for a few seconds, and then end the session', async () => {
    const { tokens, token, code } = await withTotp(t)
    const raised = await reauthed(token, { totp_code: await code() })
    const retried = await (await t.refresh(tokens.refresh_token)).json()
    expect(decodeJwt(retried.refresh_token)).toEqual(decodeJwt(raised.refresh_token))
    expect(decodeJwt(retried.access_token)).toEqual(decodeJwt(raised.access_token))

    await setSession(t, tokens, "rotated_at = now() - interval '1 hour'")
    await expectProblem(await t.refresh(tokens.refresh_token), 'token_invalid')
    await expectDead(t, raised)
  })

  it('of a session that has ended raise nothing', async () => {
    const { tokens, token, code } = await withTotp(t)
    await t.post('/auth/logout', undefined, token)
    await expectProblem(await reauth(token, { totp_code: await code() }), 'token_invalid')
    await expectDead(t, tokens)
  })
})

describe('a body', () => {
  it.each<[object, string[]]>([
    [
      {},
      ['/passkey required', '/password required', '/recovery_code required', '/totp_code required'],
    ],
    [{ password: PASSWORD, totp_code: '123456' }, ['/totp_code invalid']],
    [{ totp_code: '123456', recovery_code: '0000' }, ['/recovery_code invalid']],
    [{ totp_code: '12345' }, ['/totp_code invalid_format']],
    [{ password: PASSWORD, mfa_token: 'x' }, ['/mfa_token unknown_field']],
  ])('%j is refused', async (body, fields) => {
    const { sessions } = await personWith(t, 1)
    expect(await refusedFields(await reauth(sessions[0].access_token, body))).toEqual(fields)
  })
})
