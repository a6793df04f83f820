import { requireHuman } from '../../../core/humans/human-check.ts'
import { refuseLimited } from '../../../core/limits/refuse.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { mailValues, newId, type Requester, requireMailer } from '../../../core/outbox/enqueue.ts'
import type { Deps } from '../../../deps.ts'
import { identifierKey } from '../../../utils/identifiers.ts'
import { mailReset } from './repository.ts'

type ForgotInput = { email: string; challengeToken: string | undefined }

/**
 * Mails a link to choose a new password to the owner of an address. Does the same for an unknown address, but for the
 * mail. Asks for a person first, so that programs cannot use up what an address may be sent.
 */
export async function forgotPassword(
  deps: Deps,
  { email, challengeToken: token }: ForgotInput,
  { ip, language }: Requester,
  signal: AbortSignal,
): Promise<void> {
  requireMailer(deps)
  await requireHuman(deps, { token, ip, signal })
  const ids = { tokenId: newId(deps), ...mailValues(deps, { language }) }
  const tries = await triesOf(deps, 'forgot', { ip, identifier: email })
  refuseLimited(deps, await mailReset(deps, { emailKey: identifierKey(email), tries, ...ids }))
  deps.postman.wake()
}
