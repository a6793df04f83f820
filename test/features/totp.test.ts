import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { base32 } from '../../src/core/factors/totp.ts'
import { eventsOf, send } from '../support/acting.ts'
import type { TestApp } from '../support/app.ts'
import {
  answered,
  codeOf,
  enrol,
  enrolledPerson,
  loginByTotp,
  storedSecret,
  wrongCode,
} from '../support/factors.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { somebody } from '../support/profile.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, personWith, setSession } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const begin = (token: string) => send(t, 'POST', '/auth/factors/totp', { token })
const confirm = (token: string, code: string) =>
  t.post('/auth/factors/totp/confirm', { totp_code: code }, token)
const remove = (token: string) => send(t, 'DELETE', '/auth/factors/totp', { token })
const factorsOf = (token: string) => answered(t.get('/auth/factors', token))
const NONE = { totp: null, passkeys: [], recovery_codes_left: 0 }

describe('enrolling an authenticator app', () => {
  it('gives a secret as text, link and picture, which is no factor before a code confirms it', async () => {
    const one = await somebody(t)
    const body = await answered(begin(one.token), 201)
    expect(Object.keys(body)).toEqual(['secret', 'otpauth_uri', 'qr_svg'])
    expect(body.otpauth_uri).toContain(
      `otpauth://totp/Edge%20Auth:${one.username}?secret=${body.secret}&`,
    )
    expect(body.qr_svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" [^>]*>.*<\/svg>$/s)
    expect(body.qr_svg).not.toMatch(/script|href/)
    expect(await factorsOf(one.token)).toEqual(NONE)
    await t.login(one)
    await expectAlive(t, one.tokens)
    expect(await eventsOf(t, one.id)).not.toContain('totp_enrolled')
  })

  it('keeps the secret sealed, for this user alone', async () => {
    const one = await enrolledPerson(t)
    const opened = await storedSecret(t, one.id)
    expect(opened && base32(opened.secret)).toBe(new URL(one.uri).searchParams.get('secret'))
    const other = await enrolledPerson(t)
    await t.column(`update edge_auth.totp_factors set sealed_secret =
      (select sealed_secret from edge_auth.totp_factors where user_id = ${quoted(one.id)})
      where user_id = ${quoted(other.id)} returning user_id`)
    expect(await storedSecret(t, other.id)).toBeUndefined()
  })

  it('replaces a pending one, and codes of that confirm nothing', async () => {
    const { token, id } = await somebody(t)
    const { otpauth_uri: former } = await answered(begin(token), 201)
    const { otpauth_uri: present } = await answered(begin(token), 201)
    await expectProblem(await confirm(token, codeOf(t, former)), 'factor_refused')
    await answered(confirm(token, codeOf(t, present)))
    expect((await eventsOf(t, id)).filter((event) => event === 'factor_refused')).toHaveLength(1)
  })

  it('answers by tokens of two factors and recovery codes, ends all other sessions, and mails', async () => {
    const { person, sessions } = await personWith(t, 3)
    const [own, ...others] = sessions
    const { tokens, codes } = await enrol(t, own)
    expect(codes).toHaveLength(10)
    expect(new Set(codes).size).toBe(10)
    for (const code of codes)
      expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
    for (const other of others) await expectDead(t, other)
    await expectAlive(t, own)
    expect(await eventsOf(t, person.id)).toContain('totp_enrolled')
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      acr: 'aal2',
      amr: ['mfa', 'otp', 'pwd'],
    })
    const [mail] = await t.mailsTo(person.email)
    expect(mail?.subject).toBe('Edge Auth: an authenticator app was set up')
  })

  it('has moved the session on: the refresh token of before gives nothing, the new one does', async () => {
    const one = await enrolledPerson(t)
    const renewed = await answered(t.refresh(one.tokens.refresh_token))
    await setSession(t, one.tokens, "rotated_at = now() - interval '1 minute'")
    await expectProblem(await t.refresh(one.before.refresh_token), 'token_invalid')
    expect(decodeJwt(renewed.access_token)).toMatchObject({
      acr: 'aal2',
      amr: ['mfa', 'otp', 'pwd'],
    })
  })

  it('spends the code that confirmed', async () => {
    const one = await enrolledPerson(t)
    const { mfa_token: token } = await answered(
      t.post('/auth/login', { username_or_email: one.username, password: one.password }),
    )
    const code = codeOf(t, one.uri)
    const again = await t.post('/auth/mfa/verify', { mfa_token: token, totp_code: code })
    await expectProblem(again, 'factor_refused')
  })

  it('is refused where there is one, and confirmed once', async () => {
    const { tokens, uri } = await enrolledPerson(t)
    await expectProblem(await begin(tokens.access_token), 'factor_exists')
    await expectProblem(await confirm(tokens.access_token, codeOf(t, uri, 1)), 'factor_exists')
  })

  it('of two confirmations at once counts one', async () => {
    const { token, id } = await somebody(t)
    const { otpauth_uri: uri } = await answered(begin(token), 201)
    const code = codeOf(t, uri)
    const answers = await Promise.all([confirm(token, code), confirm(token, code)])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const counts = await t.column(
      `select factor_count::text from edge_auth.users where id = ${quoted(id)}`,
    )
    expect(counts).toEqual(['1'])
  })

  it('takes a wrong code for none, and bounds them', async () => {
    const { token } = await somebody(t)
    const { otpauth_uri: uri } = await answered(begin(token), 201)
    const env = { RATE_LIMITS: 'off' }
    const [own, other] = [await t.beside({ env }), await t.beside({ env })]
    const wrong = wrongCode(t, uri)
    for (let tried = 0; tried < 10; tried++) {
      const by = tried % 2 === 0 ? own : other
      const answer = await by.post('/auth/factors/totp/confirm', { totp_code: wrong }, token)
      expect(answer.status).toBe(401)
    }
    const refused = await own.post(
      '/auth/factors/totp/confirm',
      { totp_code: codeOf(t, uri) },
      token,
    )
    expect(refused.status).toBe(429)
  })

  it('needs a pending secret, which lasts an hour', async () => {
    const { token, id } = await somebody(t)
    expect((await expectProblem(await confirm(token, '000000'), 'not_found')).detail).toMatch(
      /waits/,
    )
    const { otpauth_uri: uri } = await answered(begin(token), 201)
    await t.column(`update edge_auth.totp_factors set created_at = now() - interval '61 minutes'
      where user_id = ${quoted(id)} returning user_id`)
    await expectProblem(await confirm(token, codeOf(t, uri)), 'not_found')
  })

  it.each(['12345', '1234567', 'abcdef', ''])(
    'refuses %j before anything is counted',
    async (code) => {
      const { token } = await somebody(t)
      await expectProblem(await confirm(token, code), 'validation_failed')
    },
  )

  it('takes a code with spaces, as apps show it', async () => {
    const { token } = await somebody(t)
    const { otpauth_uri: uri } = await answered(begin(token), 201)
    await answered(confirm(token, ` ${codeOf(t, uri).replace(/^.../, '$& ')} `))
  })

  it('needs a fresh log-in', async () => {
    const { token, tokens } = await somebody(t)
    await setSession(t, tokens, "authenticated_at = now() - interval '11 minutes'")
    expect((await begin(token)).status).toBe(401)
  })
})

describe('removing the app', () => {
  it('takes the recovery codes along, and leaves the password alone', async () => {
    const one = await enrolledPerson(t)
    const { access_token: token } = one.tokens
    expect((await remove(token)).status).toBe(204)
    expect(await factorsOf(token)).toEqual(NONE)
    await t.login(one)
    expect(await eventsOf(t, one.id)).toContain('totp_removed')
    const [mail] = await t.mailsTo(one.email)
    expect(mail?.subject).toBe('Edge Auth: the authenticator app was removed')
    expect((await expectProblem(await remove(token), 'not_found')).detail).toMatch(
      /no authenticator/,
    )
  })

  it('makes no session of before the factor live again', async () => {
    const { person, sessions } = await personWith(t, 2)
    const { tokens } = await enrol(t, sessions[0])
    expect((await remove(tokens.access_token)).status).toBe(204)
    await expectDead(t, sessions[1] ?? sessions[0])
    await t.login(person)
  })

  it('needs a fresh proof of a second factor, not of the password', async () => {
    const one = await enrolledPerson(t)
    await setSession(
      t,
      one.tokens,
      "second_factor_at = now() - interval '11 minutes', authenticated_at = now()",
    )
    const refused = await remove(one.tokens.access_token)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('acr_values="aal2"'),
    ])
    expect((await factorsOf(one.tokens.access_token)).totp).not.toBeNull()
  })

  it('is nothing that a session of one factor can do', async () => {
    const one = await enrolledPerson(t)
    const tokens = await loginByTotp(t, one)
    await setSession(t, tokens, 'aal = 1, second_factor_at = null')
    await expectProblem(await remove(tokens.access_token), 'token_invalid')
    expect((await factorsOf(one.tokens.access_token)).totp).not.toBeNull()
  })
})
