import { totpAbout } from '../../src/core/factors/prove.ts'
import { macsOf } from '../../src/core/factors/recovery-codes.ts'
import { makeTotpSecret, totpCode } from '../../src/core/factors/totp.ts'
import type { Person, TestApp } from './app.ts'
import { quoted } from './names.ts'
import { type Pair, setSession, setUser } from './sessions.ts'

/**
 * Has a user count as enrolled without a factor that could be proven, and the session as one of two factors. For what
 * depends on no code.
 */
export async function enrolledBehindBack(
  t: TestApp,
  person: Person,
  tokens: Pair,
  assignments = 'second_factor_at = now()',
): Promise<void> {
  await setUser(t, person, 'factor_count = 1')
  await setSession(t, tokens, `aal = 2, ${assignments}`)
}

const RECOVERY_CODE = '0000-0000-0000-0000'

/**
 * Somebody with an authenticator app and a recovery code, and a session of two factors whose proofs are old. None of it was
 * done by a route, for tests of what comes after.
 */
export async function withTotp(t: TestApp) {
  const person = await t.signup()
  const tokens = await t.login(person)
  const secret = makeTotpSecret()
  const sealed = await t.deps.sealing.seal(secret, totpAbout(person.id))
  const [mac] = await macsOf(t.deps.sealing, person.id, RECOVERY_CODE)
  await t.column(`insert into edge_auth.totp_factors (user_id, sealed_secret, confirmed_at)
    values (${quoted(person.id)}, ${quoted(sealed)}, now()) returning user_id`)
  await t.column(`insert into edge_auth.recovery_codes (user_id, code_mac)
    values (${quoted(person.id)}, ${quoted(mac)}) returning user_id`)
  const old = "now() - interval '11 minutes'"
  await enrolledBehindBack(
    t,
    person,
    tokens,
    `authenticated_at = ${old}, second_factor_at = ${old}`,
  )
  return {
    person,
    tokens,
    token: tokens.access_token,
    recoveryCode: RECOVERY_CODE,
    /** The code of now, which works once. */
    code: () => totpCode(secret, t.deps.clock.now()),
  }
}
