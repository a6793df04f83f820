import { refuseDomain } from '../../../core/accounts/mail-domains.ts'
import { proveOwnAccount } from '../../../core/accounts/own-account.ts'
import { refuseLimited } from '../../../core/limits/refuse.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { mailValues, newId, type Requester, requireMailer } from '../../../core/outbox/enqueue.ts'
import type { SessionRef } from '../../../core/sessions/session.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { identifierKey } from '../../../utils/identifiers.ts'
import { mailEmailChange } from './repository.ts'

type EmailChange = { newEmail: string; currentPassword: string | undefined }

/**
 * Mails a link to the new address, if the current password is right. Nothing changes before the link is followed. The
 * answer does not tell whether another account has the address.
 */
export async function requestEmailChange(
  deps: Deps,
  caller: SessionRef,
  { newEmail, currentPassword }: EmailChange,
  { ip, language }: Requester,
  signal: AbortSignal,
): Promise<void> {
  requireMailer(deps)
  const unwanted = refuseDomain(deps.config.signup.domains, '/new_email', newEmail)
  if (unwanted) throw new AppError('validation_failed', { errors: [unwanted] })
  const account = await proveOwnAccount(
    deps,
    caller,
    { password: currentPassword, signal },
    { secondFactor: 'fresh' },
  )
  if (account.email === newEmail) throw unchanged()
  const { userId, sessionId } = caller
  const address = { newEmail, newEmailKey: identifierKey(newEmail) }
  const ids = { userId, sessionId, tokenId: newId(deps), ...mailValues(deps, { language }) }
  const tries = await triesOf(deps, 'email_change', { ip, identifier: newEmail })
  const { callerId, ...refused } = await mailEmailChange(deps, { ...ids, ...address, tries })
  if (callerId === null) throw new AppError('token_invalid')
  refuseLimited(deps, refused)
  deps.postman.wake()
}

function unchanged(): AppError {
  const detail = 'This is your email already.'
  return new AppError('validation_failed', {
    errors: [{ pointer: '/new_email', code: 'unchanged', detail }],
  })
}
