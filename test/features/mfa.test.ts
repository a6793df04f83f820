import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf } from '../support/acting.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { auditRows } from '../support/audit.ts'
import {
  answered,
  codeOf,
  type Enrolled,
  enrol,
  enrolledPerson,
  forgetStep,
  loginByTotp,
  mfaToken,
  verify,
  wrongCode,
} from '../support/factors.ts'
import { tokenTo } from '../support/links.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import {
  expectAlive,
  expectDead,
  personWith,
  refreshed,
  setUser,
  sidOf,
} from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const NEXT = 'another horse, another battery'
/** A code that counts, which the last one was before. */
const code = async (of: { id: string; uri: string }) => {
  await forgetStep(t, of)
  return { totp_code: codeOf(t, of.uri) }
}
const sessionsOf = async ({ id }: { id: string }) =>
  Number(
    (
      await t.column(`select count(*)::text from edge_auth.sessions where user_id = ${quoted(id)}`)
    )[0],
  )

describe('a log-in of a user with an authenticator app', () => {
  it('opens no session by the password, and says what is missing', async () => {
    const one = await enrolledPerson(t)
    const before = await sessionsOf(one)
    const body = await answered(
      t.post('/auth/login', { username_or_email: one.email, password: one.password }),
    )
    expect(body).toEqual({
      ...{ mfa_required: true, mfa_token: expect.any(String), expires_in: 300 },
      methods: ['totp', 'recovery_code'],
    })
    expect(await sessionsOf(one)).toBe(before)
    expect(await eventsOf(t, one.id)).toContain('second_factor_requested')
    for (const path of ['/auth/me', '/auth/factors']) {
      await expectProblem(await t.get(path, body.mfa_token), 'token_invalid')
    }
    await expectProblem(await t.refresh(body.mfa_token), 'token_invalid')
  })

  it('opens one by the code, whose tokens say so, and refreshing keeps that', async () => {
    const one = await enrolledPerson(t)
    const from = Math.floor(Date.now() / 1000)
    const tokens = await loginByTotp(t, one)
    await expectAlive(t, tokens)
    const first = decodeJwt(tokens.access_token)
    expect(first).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] })
    expect(Math.abs(Number(first.auth_time) - from)).toBeLessThan(30)
    const second = decodeJwt((await refreshed(t, tokens)).access_token)
    const kept = ['acr', 'amr', 'auth_time', 'sid'] as const
    for (const claim of kept) expect(second[claim], claim).toEqual(first[claim])
    const [opened] = await auditRows(
      t,
      `event = 'session_opened' and session_id = ${quoted(sidOf(tokens))}`,
    )
    expect(opened?.details).toEqual({ amr: 'pwd otp mfa' })
  })

  it('costs two round trips for each step, as one without factors does', async () => {
    const one = await enrolledPerson(t)
    const [without, token] = [await t.signup(), await mfaToken(t, one)]
    const factor = await code(one)
    const steps = [
      () => t.login(without),
      () => mfaToken(t, one),
      () => answered(verify(t, token, factor)),
    ]
    for (const step of steps) expect(await t.roundTrips(step)).toBe(2)
  })

  it('has ended the sessions of before the app, whoever opened them', async () => {
    const { sessions } = await personWith(t, 2)
    await enrol(t, sessions[0])
    await expectDead(t, sessions[1] ?? sessions[0])
  })
})

describe('a code', () => {
  it('works once, also for another log-in', async () => {
    const one = await enrolledPerson(t)
    const [first, second] = [await mfaToken(t, one), await mfaToken(t, one)]
    const factor = await code(one)
    await answered(verify(t, first, factor))
    await expectProblem(await verify(t, second, factor), 'factor_refused')
  })

  it('that is wrong leaves the token as it was, and is told in the log and the trail', async () => {
    const one = await enrolledPerson(t)
    const token = await mfaToken(t, one)
    await expectProblem(
      await verify(t, token, { totp_code: wrongCode(t, one.uri) }),
      'factor_refused',
    )
    const rows = await auditRows(t, `event = 'factor_refused' and subject_id = ${quoted(one.id)}`)
    expect(rows).toMatchObject([
      { outcome: 'failure', actor_id: null, details: { reason: 'wrong_factor' } },
    ])
    await answered(verify(t, token, await code(one)))
  })

  it('of a clock that is five minutes off is refused, of one step off is not', async () => {
    const one = await enrolledPerson(t)
    const token = await mfaToken(t, one)
    await forgetStep(t, one)
    for (const off of [-10, -2, 2, 10]) {
      const answer = await verify(t, token, { totp_code: codeOf(t, one.uri, off) })
      await expectProblem(answer, 'factor_refused')
    }
    await answered(verify(t, token, { totp_code: codeOf(t, one.uri, -1) }))
    const next = await mfaToken(t, one)
    await answered(verify(t, next, { totp_code: codeOf(t, one.uri, 1) }))
  })

  it("of somebody else's app is none", async () => {
    const [one, other] = [await enrolledPerson(t), await enrolledPerson(t)]
    const token = await mfaToken(t, one)
    await expectProblem(await verify(t, token, await code(other)), 'factor_refused')
  })

  it('is bounded across instances, though limits are off, and what was right does not count', async () => {
    const one = await enrolledPerson(t)
    const token = await mfaToken(t, one)
    const env = { RATE_LIMITS: 'off' }
    const both = [await t.beside({ env }), await t.beside({ env })] as const
    const by = (at: number) => both[at % 2] ?? t
    for (let at = 0; at < 12; at++) {
      const right = await mfaToken(t, one)
      await answered(verify(by(at), right, await code(one)))
    }
    const wrong = { totp_code: wrongCode(t, one.uri) }
    const statuses: number[] = []
    for (let at = 0; at < 12; at++) statuses.push((await verify(by(at), token, wrong)).status)
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
    const held = await verify(both[0], token, await code(one))
    expect(held.headers.get('ratelimit-policy')).toMatch(/^"mfa_account";/)
    // A recovery code counts for the same, so that it is no way around.
    expect((await verify(both[1], token, { recovery_code: one.codes[0] })).status).toBe(429)
  })
})

describe('the token of a log-in under way', () => {
  it('works once, even with another code', async () => {
    const one = await enrolledPerson(t)
    const token = await mfaToken(t, one)
    await answered(verify(t, token, await code(one)))
    await expectProblem(await verify(t, token, await code(one)), 'mfa_token_invalid')
    await expectProblem(
      await verify(t, token, { recovery_code: one.codes[0] }),
      'mfa_token_invalid',
    )
  })

  it('expires after five minutes', async () => {
    const own = await t.beside({})
    const one = await enrolledPerson(own)
    const token = await mfaToken(own, one)
    own.advance(301)
    await forgetStep(own, one)
    const factor = { totp_code: codeOf(own, one.uri) }
    await expectProblem(await verify(own, token, factor), 'mfa_token_invalid')
  })

  it('is one of this service and kind', async () => {
    const one = await enrolledPerson(t)
    const factor = { totp_code: codeOf(t, one.uri) }
    const token = await mfaToken(t, one)
    const challenge = await t.deps.factorTokens.sign(
      'challenge',
      { purpose: 'authenticate', userId: one.id },
      t.deps.clock.now(),
    )
    const tokens = ['x', `${token}x`, challenge, one.tokens.access_token, one.tokens.refresh_token]
    for (const wrong of tokens) {
      await expectProblem(await verify(t, wrong, factor), 'mfa_token_invalid')
    }
  })

  const ends: [
    string,
    (
      one: Enrolled & { username: string; id: string; email: string; password: string },
    ) => Promise<unknown>,
  ][] = [
    ['a user was disabled', (one) => setUser(t, one, 'disabled_at = now()')],
    [
      'a user was deleted',
      ({ id }) => t.column(`delete from edge_auth.users where id = ${quoted(id)} returning id`),
    ],
    [
      'all sessions were ended',
      ({ tokens }) => t.post('/auth/logout-all', {}, tokens.access_token),
    ],
    [
      'the password was reset',
      async ({ email }) => {
        await t.post('/auth/password/forgot', { email })
        const token = await tokenTo(t, email, 'http://localhost:8000/reset-password?')
        const answer = await t.post('/auth/password/reset', { token, new_password: NEXT })
        expect(answer.status).toBe(204)
      },
    ],
  ]
  it.each(ends)('works no longer once %s', async (_, end) => {
    const one = await enrolledPerson(t)
    const token = await mfaToken(t, one)
    await end(one)
    await expectProblem(await verify(t, token, await code(one)), 'mfa_token_invalid')
    await expectProblem(
      await verify(t, token, { recovery_code: one.codes[0] }),
      'mfa_token_invalid',
    )
  })

  it('goes with exactly one factor', async () => {
    const one = await enrolledPerson(t)
    const token = await mfaToken(t, one)
    for (const none of [{}, { totp_code: '123456', recovery_code: one.codes[0] }]) {
      await expectProblem(await verify(t, token, none), 'validation_failed')
    }
  })
})

describe('a password reset', () => {
  it('neither needs the second factor nor skips it', async () => {
    const one = await enrolledPerson(t)
    // Of another address what was set up before is gone (proven-mailbox.test.ts).
    await setUser(t, one, 'email_verified_at = now()')
    await t.post('/auth/password/forgot', { email: one.email })
    const token = await tokenTo(t, one.email, 'http://localhost:8000/reset-password?')
    const answer = await t.post('/auth/password/reset', { token, new_password: NEXT })
    expect(answer.status).toBe(204)
    await expectDead(t, one.tokens)
    const changed = { ...one, password: NEXT }
    await answered(t.post('/auth/login', { username_or_email: one.email, password: PASSWORD }), 401)
    await expectAlive(t, await loginByTotp(t, changed))
  })
})

describe('a secret that an outdated key has sealed', () => {
  const KEYS = ['1'.repeat(20), '2'.repeat(20)].map((tail) => `a-key-of-the-tests-${tail}abcdefgh`)

  it('is sealed anew by its next use, and lost with its key', async () => {
    const before = await t.beside({ env: { ENCRYPTION_KEYS: String(KEYS[0]) } })
    const one = await enrolledPerson(before)
    const sealed = async () =>
      String(
        (
          await t.column(
            `select sealed_secret from edge_auth.totp_factors where user_id = ${quoted(one.id)}`,
          )
        )[0],
      )
    const former = await sealed()
    const both = await t.beside({ env: { ENCRYPTION_KEYS: `${KEYS[1]},${KEYS[0]}` } })
    await loginByTotp(both, one)
    const present = await sealed()
    expect(present.split('.')[0]).not.toBe(former.split('.')[0])
    const after = await t.beside({ env: { ENCRYPTION_KEYS: String(KEYS[1]) } })
    await loginByTotp(after, one)
    expect(await sealed()).toBe(present)
    const token = await mfaToken(before, one)
    await forgetStep(t, one)
    const answer = await verify(before, token, { totp_code: codeOf(t, one.uri) })
    await expectProblem(answer, 'factor_refused')
    expect(before.log).toContainEqual(
      expect.objectContaining({ event: 'totp_secret_refused', user_id: one.id }),
    )
  })
})
