import { type MfaRequired, requestSecondFactor } from '../../../core/factors/ask.ts'
import { parseFactors } from '../../../core/factors/assurance.ts'
import { type Challenged, challengeProblem } from '../../../core/humans/human-check.ts'
import type { Counted } from '../../../core/limits/counted-read.ts'
import { forgiveTry } from '../../../core/limits/forgive.ts'
import type { Limited } from '../../../core/limits/limits.ts'
import { unlessRefused } from '../../../core/limits/refuse.ts'
import { clientKey, NONE, triesOf } from '../../../core/limits/tries.ts'
import { type PasswordProof, provePassword, refuseUnknown } from '../../../core/passwords/prove.ts'
import { type Opener, openSession } from '../../../core/sessions/open.ts'
import type { SessionTokens } from '../../../core/tokens/tokens.ts'
import type { Deps } from '../../../deps.ts'
import { AppError, type ProblemCode } from '../../../errors.ts'
import { identifierKey, looksLikeEmail } from '../../../utils/identifiers.ts'
import { networkPattern } from '../../../utils/ip-address.ts'
import { countLogin } from './repository.ts'

type LoginInput = {
  identifier: string
  password: string
  challengeToken: string | undefined
  opener: Opener
  signal: AbortSignal
}

/** Tokens, and whether the password is on the list of leaked ones, where that is asked for. */
export type LoggedIn = SessionTokens & { isPasswordBreached: boolean }

/** Each attempt lets through as many concurrent log-ins of a user as sessions are allowed. More are no person's. */
const MAX_ATTEMPTS = 10

/**
 * Opens a session for the right password. An unknown user costs a hash too, and all refusals look alike. A try whose
 * limit is used up costs none, and its password is not looked at. Reads the account again if a password change or many
 * log-ins came between reading it and opening the session. Opens none for a client that left before its password was
 * checked. Only a wrong password stays counted. Of a user with second factors the answer asks for one.
 */
export async function login(
  deps: Deps,
  { identifier, password, challengeToken, opener, signal }: LoginInput,
): Promise<LoggedIn | MfaRequired> {
  const count = countLogin[looksLikeEmail(identifier) ? 'email' : 'username']
  const key = identifierKey(identifier)
  const { ip } = opener
  const client = await clientKey(deps, ip)
  const pattern = ip === null ? null : networkPattern(ip)
  const read = (tries: string) => count(deps.db, { key, client, pattern, tries })
  const tryAs = async (limited: Limited) => read(await triesOf(deps, limited, { ip, identifier }))
  let counted: string | undefined
  let proof: PasswordProof | undefined
  let breached: Promise<boolean> | undefined

  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      // It is one try, however often the account is read.
      const { found, receipt } =
        counted === undefined
          ? await countTry(deps, tryAs, {
              ...{ token: challengeToken, ip, signal },
              identifierKey: key,
            })
          : unlessRefused(deps, await read(NONE))
      counted ??= receipt
      if (!found || found.isDisabled) return refuseUnknown(deps, key, { password, signal })
      const { passwordHash, isDisabled, limitedAs, factors, ...user } = found
      // A second attempt hashes again only if the stored hash is another one.
      if (proof?.hash !== passwordHash) {
        const own = { id: user.id, identifierKey: key, passwordHash }
        proof = await provePassword(deps, own, { password, signal })
      }
      // While the session is opened. A wrong password is nobody's, and not asked about.
      breached ??= deps.breaches?.include(password)
      const methods = parseFactors(factors)
      if (methods) {
        const asked = await requestSecondFactor(deps, { ...user, counted, methods }, proof)
        if (asked) return asked
        continue
      }
      const tokens = await openSession(deps, { ...user, counted }, proof, opener)
      if (tokens) return { ...tokens, isPasswordBreached: (await breached) ?? false }
    }
    throw new AppError('overloaded', {
      detail: 'There are too many log-ins to this account at once. Please try again.',
    })
  } catch (error) {
    if (counted !== undefined && isForgiven(error)) await forgiveTry(deps, counted)
    throw error
  }
}

/** Refusals that say nothing against the password: the service was busy, the client left, or the password is right. */
const FORGIVEN: readonly ProblemCode[] = ['overloaded', 'malformed_request', 'email_not_verified']

function isForgiven(error: unknown): boolean {
  return error instanceof AppError && FORGIVEN.includes(error.code)
}

/** Counts a try. Of a slowed account a person may try some more, where people can be told from programs. */
async function countTry<Row extends { id: string }>(
  deps: Deps,
  tryAs: (limited: Limited) => Promise<Counted<Row>>,
  { identifierKey: key, ...challenged }: Challenged & { identifierKey: string },
): Promise<Counted<Row>['ifPassed']> {
  const first = await tryAs('login')
  if (first.refusedBy !== 'login_account') return unlessRefused(deps, first)
  const about = { userId: first.ifPassed.found?.id, identifierKey: key }
  if (!deps.humans) return unlessRefused(deps, first, { about })
  const problem = await challengeProblem(deps, challenged)
  if (problem) return unlessRefused(deps, first, { about, errors: [problem] })
  return unlessRefused(deps, await tryAs('checked_login'), { about })
}
