import { TOTP, URI } from 'otpauth'
import { expect } from 'vitest'
import { totpAbout } from '../../src/core/factors/prove.ts'
import { send } from './acting.ts'
import type { Person, TestApp } from './app.ts'
import { quoted } from './names.ts'
import type { Pair } from './sessions.ts'

/** Codes by another implementation than the service's. `off` is in steps from now, by the service's clock. */
export function codeOf(t: TestApp, uri: string, off = 0): string {
  const totp = URI.parse(uri)
  if (!(totp instanceof TOTP)) throw new Error('no time-based codes')
  return totp.generate({ timestamp: t.deps.clock.now().getTime() + off * 30_000 })
}

/** A code of none of the steps around now. */
export function wrongCode(t: TestApp, uri: string): string {
  const right = [-2, -1, 0, 1, 2].map((off) => codeOf(t, uri, off))
  let wrong = 0
  while (right.includes(String(wrong).padStart(6, '0'))) wrong++
  return String(wrong).padStart(6, '0')
}

/** The body of an answer that must have this status. */
export async function answered(answer: Response | Promise<Response>, status = 200) {
  const got = await answer
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects.
  const body: any = got.status === 204 ? null : await got.json()
  expect(got.status, JSON.stringify(body)).toBe(status)
  return body
}

export type Enrolled = Awaited<ReturnType<typeof enrol>>

/** Enrols an authenticator app for somebody who is logged in by these tokens. */
export async function enrol(t: TestApp, before: Pair) {
  const { otpauth_uri: uri } = await answered(
    send(t, 'POST', '/auth/factors/totp', { token: before.access_token }),
    201,
  )
  const confirmed = await answered(
    t.post('/auth/factors/totp/confirm', { totp_code: codeOf(t, uri) }, before.access_token),
  )
  const { recovery_codes: codes, ...tokens } = confirmed
  return { uri: String(uri), codes: (codes ?? []) as string[], tokens: tokens as Pair }
}

/** Somebody new with an authenticator app, who is logged in. */
export async function enrolledPerson(t: TestApp) {
  const person = await t.signup()
  const before = (await t.login(person)) as Pair
  return { ...person, before, ...(await enrol(t, before)) }
}

/** Lets codes of the present count again, as if the last one were long ago. */
export async function forgetStep(t: TestApp, { id }: { id: string }): Promise<void> {
  await t.column(
    `update edge_auth.totp_factors set last_step = 0 where user_id = ${quoted(id)} returning user_id`,
  )
}

/** Logs in by the password alone, and returns the token that goes with the second factor. */
export async function mfaToken(t: TestApp, { username, password }: Person): Promise<string> {
  const body = await answered(t.post('/auth/login', { username_or_email: username, password }))
  expect(body).toMatchObject({ mfa_required: true, expires_in: 300 })
  expect(Object.keys(body)).toEqual(['mfa_required', 'mfa_token', 'expires_in', 'methods'])
  return body.mfa_token
}

/** Offers a second factor for a log-in. */
export const verify = (t: TestApp, token: string, factor: object) =>
  t.post('/auth/mfa/verify', { mfa_token: token, ...factor })

/** Logs in by password and a code. */
export async function loginByTotp(t: TestApp, of: Person & { id: string; uri: string }) {
  const token = await mfaToken(t, of)
  await forgetStep(t, of)
  return answered(verify(t, token, { totp_code: codeOf(t, of.uri) })) as Promise<Pair>
}

/** What the service has sealed of somebody's app, opened. */
export async function storedSecret(t: TestApp, userId: string) {
  const [sealed] = await t.column(
    `select sealed_secret from edge_auth.totp_factors where user_id = ${quoted(userId)}`,
  )
  return t.deps.sealing.open(String(sealed), totpAbout(userId))
}
