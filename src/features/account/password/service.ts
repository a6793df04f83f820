import { changedElsewhere, proveOwnAccount } from '../../../core/accounts/own-account.ts'
import { happened } from '../../../core/audit/state-change.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { mailValues, type Requester } from '../../../core/outbox/enqueue.ts'
import { refusePassword } from '../../../core/passwords/policy.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import { subjectOf } from '../../../core/sessions/subject.ts'
import type { SessionTokens } from '../../../core/tokens/tokens.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { replacePassword, setFirstPassword } from './repository.ts'

type PasswordChange = { current: string | undefined; next: string }

/** A log-in can renew the stored hash meanwhile, or a first password be set. In that case the change tries again. */
const MAX_ATTEMPTS = 3

/**
 * Replaces the password if the current one is right, or sets the first by a fresh proof. The user's other sessions end, and the caller's stays. Links that
 * wait in the user's mailbox work no longer. Returns the caller's new cookie, if one carries the session.
 */
export async function changePassword(
  deps: Deps,
  caller: SessionRef,
  { current, next }: PasswordChange,
  { ip, userAgent, language }: Requester,
  signal: AbortSignal,
): Promise<SessionTokens | undefined> {
  const { userId, sessionId } = caller
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const account = await proveOwnAccount(deps, caller, { password: current, signal })
    if (next === current) throw unchanged()
    await refusePassword(deps, next, { pointer: '/new_password', identifiers: account })
    const oldHash = account.passwordHash
    const newHash = await deps.passwords.hash(next, signal)
    const mail = mailValues(deps, { language })
    const tries = await triesOf(deps, 'notice', { userId })
    const issuedAt = deps.clock.now()
    const values = { issuedAt, userId, sessionId, newHash, ip, userAgent, ...mail, tries }
    const replaced =
      oldHash === null
        ? await setFirstPassword(deps, values)
        : await replacePassword(deps, { ...values, oldHash })
    const { replacedOf, ...renewed } = replaced
    if (replacedOf === null) continue
    deps.postman.wake()
    if (!happened(renewed)) return undefined
    return deps.tokens.issue(subjectOf(sessionId, renewed), issuedAt)
  }
  throw changedElsewhere()
}

function unchanged(): AppError {
  const detail = 'Choose a password other than the current one.'
  return new AppError('validation_failed', {
    errors: [{ pointer: '/new_password', code: 'unchanged', detail }],
  })
}
