import { changedElsewhere, proveOwnAccount } from '../../../core/accounts/own-account.ts'
import { happened } from '../../../core/audit/state-change.ts'
import type { OfferedFactor } from '../../../core/factors/offered.ts'
import { factorRefused, proveFactor } from '../../../core/factors/prove.ts'
import { mailValues, type Requester } from '../../../core/outbox/enqueue.ts'
import type { OfferedPassword } from '../../../core/passwords/prove.ts'
import { raiseProofValues, raiseValues } from '../../../core/sessions/raise.ts'
import { raiseByPassword, raiseByProof } from '../../../core/sessions/raise-by-proof.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import { subjectOf } from '../../../core/sessions/subject.ts'
import type { SessionTokens } from '../../../core/tokens/tokens.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'

type Send = (by: Deps, values: object) => ReturnType<typeof raiseByProof.totp>

/** A log-in can renew the stored hash meanwhile. In that case the password is checked again. */
const MAX_ATTEMPTS = 3

/**
 * Has the caller's session go on at the password, and returns tokens of it. Of a user with second factors that opens
 * nothing that asks for a fresh proof. Throws `invalid_credentials` for another password.
 */
export async function reauthenticateByPassword(
  deps: Deps,
  caller: SessionRef,
  offered: OfferedPassword,
): Promise<SessionTokens> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { passwordHash: checkedHash } = await proveOwnAccount(deps, caller, offered)
    const values = raiseValues(deps, caller, { aal: 1, amr: ['pwd'] })
    const raised = await raiseByPassword(deps, { ...values, checkedHash })
    if (!happened(raised)) continue
    return deps.tokens.issue(subjectOf(caller.sessionId, raised), values.issuedAt)
  }
  throw changedElsewhere()
}

/**
 * Has the caller's session go on at a second factor, and returns tokens of it. A code, a recovery code and a challenge
 * work once; a mail tells of a recovery code. Throws `factor_refused` for a wrong one, and for one that was used meanwhile.
 */
export async function reauthenticateByFactor(
  deps: Deps,
  { userId, sessionId }: SessionRef,
  offered: OfferedFactor,
  { ip, userAgent, language }: Requester,
): Promise<SessionTokens> {
  const { proof, account, receipt } = await proveFactor(deps, { userId, sessionId }, offered)
  const { kind } = proof.use
  if (kind === 'mailed_code') throw new Error('a mailed code is no second factor')
  const isTold = kind === 'recovery_code'
  const send = raiseByProof[kind] as unknown as Send
  const values = {
    ...{ ...raiseProofValues(deps, { userId, sessionId }, proof), receipt },
    ...(isTold && { ip, userAgent, ...mailValues(deps, { language }) }),
  }
  const { usedBy, ...raised } = await send(deps, values)
  if (isTold) deps.postman.wake()
  if (usedBy === null) throw factorRefused(account, { userId, sessionId })
  if (!happened(raised)) throw new AppError('token_invalid')
  return deps.tokens.issue(subjectOf(sessionId, raised), values.issuedAt)
}
