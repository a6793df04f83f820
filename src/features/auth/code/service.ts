import { claimUnverified } from '../../../core/accounts/claim-unverified.ts'
import { type MfaRequired, requestSecondFactor } from '../../../core/factors/ask.ts'
import {
  codeRefused,
  type OfferedCode,
  type ProvenByCode,
  proveMailedCode,
} from '../../../core/factors/mailed-code.ts'
import { requireHuman } from '../../../core/humans/human-check.ts'
import { refuseLimited } from '../../../core/limits/refuse.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { PURPOSES } from '../../../core/one-time-tokens/purposes.ts'
import { mailValues, newId, type Requester, requireMailer } from '../../../core/outbox/enqueue.ts'
import { type Opener, openSession } from '../../../core/sessions/open.ts'
import type { SessionTokens } from '../../../core/tokens/tokens.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { identifierKey } from '../../../utils/identifiers.ts'
import { mailCode } from './repository.ts'

type CodeInput = { email: string; challengeToken: string | undefined }

/** Goes with the code, which works for nobody else. */
type Asked = { codeToken: string; expiresInSeconds: number }

/**
 * Mails a code to the owner of an address. Does the same for an unknown address, but for the mail: the answer is made of an
 * id alone, which is nobody's until a row has it.
 */
export async function requestCode(
  deps: Deps,
  { email, challengeToken: token }: CodeInput,
  { ip, language }: Requester,
  signal: AbortSignal,
): Promise<Asked> {
  refuseSwitchedOff(deps)
  requireMailer(deps)
  await requireHuman(deps, { token, ip, signal })
  const ids = { tokenId: newId(deps), ...mailValues(deps, { language }) }
  const tries = await triesOf(deps, 'login_code', { ip, identifier: email })
  refuseLimited(deps, await mailCode(deps, { emailKey: identifierKey(email), tries, ...ids }))
  deps.postman.wake()
  return {
    codeToken: await deps.oneTimeTokens.mintAsked(ids.tokenId),
    expiresInSeconds: PURPOSES.login_code.lifetimeSeconds,
  }
}

/**
 * Opens a session for the code that was mailed because of this request. An account whose address was not verified is
 * taken from whoever made it first, with all second factors. Of any other user with second factors the answer asks for one,
 * and the code is used up, too.
 */
export async function logInByCode(
  deps: Deps,
  offered: OfferedCode,
  opener: Opener,
): Promise<SessionTokens | MfaRequired> {
  refuseSwitchedOff(deps)
  const proven = await proveMailedCode(deps, offered, opener.ip)
  const { proof, account, methods, receipt: counted } = proven
  const outcome =
    methods && account.isEmailVerified
      ? await requestSecondFactor(deps, { ...account, counted, methods }, proof)
      : await enter(deps, proven, opener)
  if (!outcome) throw codeRefused(account)
  return outcome
}

async function enter(
  deps: Deps,
  { proof, account, tokenId, receipt: counted }: ProvenByCode,
  opener: Opener,
): Promise<SessionTokens | undefined> {
  const { emailKey: _, ...user } = account
  if (user.isEmailVerified) return openSession(deps, { ...user, counted }, proof, opener)
  const epoch = await claimUnverified(deps, { userId: user.id, tokenId, epoch: user.epoch })
  if (epoch === undefined) return undefined
  const claimed = { ...user, epoch, isEmailVerified: true }
  return openSession(deps, { ...claimed, counted }, proof, opener)
}

function refuseSwitchedOff({ config }: Deps): void {
  if (!config.factors.hasLoginCodes) throw new AppError('login_codes_off')
}
