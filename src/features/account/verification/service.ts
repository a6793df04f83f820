import { refuseLimited } from '../../../core/limits/refuse.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { mailValues, newId, type Requester, requireMailer } from '../../../core/outbox/enqueue.ts'
import type { Deps } from '../../../deps.ts'
import { identifierKey } from '../../../utils/identifiers.ts'
import { mailVerification } from './repository.ts'

/**
 * Mails another link to verify an address to its owner. Does the same for an address that is unknown or verified, but
 * for the mail.
 */
export async function requestVerification(
  deps: Deps,
  email: string,
  { ip, language }: Requester,
): Promise<void> {
  requireMailer(deps)
  const ids = { tokenId: newId(deps), ...mailValues(deps, { language }) }
  const tries = await triesOf(deps, 'verification', { ip, identifier: email })
  refuseLimited(
    deps,
    await mailVerification(deps, { emailKey: identifierKey(email), tries, ...ids }),
  )
  deps.postman.wake()
}
