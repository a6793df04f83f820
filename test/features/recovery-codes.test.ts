import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, send } from '../support/acting.ts'
import type { TestApp } from '../support/app.ts'
import {
  answered,
  codeOf,
  enrolledPerson,
  forgetStep,
  mfaToken,
  verify,
} from '../support/factors.ts'
import { limitsOf } from '../support/limits.ts'
import { subjectsTo } from '../support/links.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { somebody } from '../support/profile.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, setSession } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const USED = 'Edge Auth: a recovery code was used'
const renew = (token: string) => send(t, 'POST', '/auth/factors/recovery-codes', { token })
const leftOf = async (token: string) =>
  (await answered(t.get('/auth/factors', token))).recovery_codes_left
const used = (subjects: string[]) => subjects.filter((subject) => subject === USED).length

describe('a recovery code', () => {
  it('stands in for the second factor once, and each use is mailed and recorded', async () => {
    const one = await enrolledPerson(t)
    const [first = '', second = ''] = one.codes
    const tokens = await answered(verify(t, await mfaToken(t, one), { recovery_code: first }))
    await expectAlive(t, tokens)
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      ...{ acr: 'aal2', amr: ['pwd', 'recovery', 'mfa'] },
    })
    expect(await leftOf(tokens.access_token)).toBe(9)
    expect(used(await subjectsTo(t, one.email))).toBe(1)
    expect(await eventsOf(t, one.id)).toContain('recovery_code_used')
    const token = await mfaToken(t, one)
    await expectProblem(await verify(t, token, { recovery_code: first }), 'factor_refused')
    await answered(verify(t, token, { recovery_code: second }))
    expect(used(await subjectsTo(t, one.email))).toBe(2)
  })

  it('is mailed though no other notice is left for the account', async () => {
    const own = await t.beside({ env: { RATE_LIMITS: limitsOf({ notice_account: 1 }) } })
    const one = await enrolledPerson(own)
    const token = await mfaToken(own, one)
    await answered(verify(own, token, { recovery_code: one.codes[0] }))
    expect(used(await subjectsTo(own, one.email))).toBe(1)
  })

  it('is read as it is meant, not as it is typed', async () => {
    const one = await enrolledPerson(t)
    const [code = ''] = one.codes
    const typed = ` ${code.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l')} `
    await answered(verify(t, await mfaToken(t, one), { recovery_code: typed }))
  })

  it("is its user's alone", async () => {
    const [one, other] = [await enrolledPerson(t), await enrolledPerson(t)]
    const token = await mfaToken(t, one)
    const answer = await verify(t, token, { recovery_code: other.codes[0] })
    await expectProblem(answer, 'factor_refused')
    await t.column(`update edge_auth.recovery_codes set user_id = ${quoted(one.id)}
      where user_id = ${quoted(other.id)} returning user_id`)
    const moved = await verify(t, token, { recovery_code: other.codes[0] })
    await expectProblem(moved, 'factor_refused')
  })

  it('is in the database as an HMAC alone', async () => {
    const one = await enrolledPerson(t)
    const rows = await t.column(
      `select code_mac from edge_auth.recovery_codes where user_id = ${quoted(one.id)}`,
    )
    expect(rows).toHaveLength(10)
    for (const mac of rows) {
      expect(String(mac)).toMatch(/^[\w-]{43}$/)
      expect(one.codes).not.toContain(mac)
    }
  })

  it('works once more after a new key came first', async () => {
    const one = await enrolledPerson(t)
    const after = await t.beside({
      env: { ENCRYPTION_KEYS: 'a-new-key-of-the-tests-9f8e7d6c5b4a39281706' },
    })
    await answered(verify(after, await mfaToken(after, one), { recovery_code: one.codes[0] }))
  })
})

describe('renewing recovery codes', () => {
  it('gives ten others, voids those of before, and tells', async () => {
    const one = await enrolledPerson(t)
    const { access_token: token } = one.tokens
    const body = await answered(renew(token))
    expect(Object.keys(body)).toEqual(['recovery_codes'])
    expect(new Set([...body.recovery_codes, ...one.codes]).size).toBe(20)
    expect(await leftOf(token)).toBe(10)
    const under = await mfaToken(t, one)
    const former = await verify(t, under, { recovery_code: one.codes[0] })
    await expectProblem(former, 'factor_refused')
    await answered(verify(t, under, { recovery_code: body.recovery_codes[0] }))
    expect(await eventsOf(t, one.id)).toContain('recovery_codes_replaced')
    expect(await subjectsTo(t, one.email)).toContain('Edge Auth: new recovery codes were made')
  })

  it('needs a second factor that they stand in for', async () => {
    const { token } = await somebody(t)
    await expectProblem(await renew(token), 'mfa_enrollment_required')
    expect(await leftOf(token)).toBe(0)
  })

  it('needs a fresh proof of a second factor', async () => {
    const one = await enrolledPerson(t)
    await setSession(t, one.tokens, "second_factor_at = now() - interval '11 minutes'")
    expect((await renew(one.tokens.access_token)).status).toBe(401)
    const under = await mfaToken(t, one)
    await forgetStep(t, one)
    const fresh = await answered(verify(t, under, { totp_code: codeOf(t, one.uri) }))
    await answered(renew(fresh.access_token))
  })
})
