import { makeRecoveryCodes } from '../../src/core/factors/recovery-codes.ts'
import type { TestApp } from './app.ts'
import { quoted } from './names.ts'

/** The digits of the last mail with a code to an address. */
export async function codeTo(t: TestApp, address: string): Promise<string> {
  const mails = await t.mailsTo(address)
  const code = mails.map(({ text }) => /^\d{6}$/m.exec(text)?.[0]).find((one) => one !== undefined)
  if (code === undefined) throw new Error('no mail with a code')
  return code
}

/** Asks for a code, and gives what is needed to use it. */
export async function askedCode(t: TestApp, email: string) {
  const answer = await t.post('/auth/code', { email })
  if (answer.status !== 202) throw new Error(`${answer.status}: ${await answer.text()}`)
  const { code_token } = await answer.json()
  return { code_token: code_token as string, code: await codeTo(t, email) }
}

/** Any code but this one. */
export const otherThan = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

/** Gives a user a second factor behind the API's back, with recovery codes that work. */
export async function withFactor(t: TestApp, userId: string): Promise<string[]> {
  const { codes, codeMacs } = await makeRecoveryCodes(t.deps.sealing, userId)
  const id = quoted(userId)
  await t.column(`insert into edge_auth.totp_factors (user_id, sealed_secret, confirmed_at, last_step)
    values (${id}, 'x.y.z', now(), 0) returning user_id::text`)
  await t.column(`insert into edge_auth.recovery_codes (user_id, code_mac)
    select ${id}, unnest(string_to_array(${quoted(codeMacs)}, ' ')) returning code_mac`)
  await t.column(`update edge_auth.users set factor_count = 1 where id = ${id} returning id::text`)
  return codes
}
