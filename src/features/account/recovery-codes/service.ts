import { changedElsewhere } from '../../../core/accounts/own-account.ts'
import { happened } from '../../../core/audit/state-change.ts'
import { makeRecoveryCodes } from '../../../core/factors/recovery-codes.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { mailValues, type Requester } from '../../../core/outbox/enqueue.ts'
import { type Actor, sessionOf } from '../../../core/sessions/authenticate.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { replaceRecoveryCodes } from './repository.ts'

/**
 * Gives the caller ten other recovery codes, which nobody can read again. Throws `mfa_enrollment_required` for a user with
 * no second factor that they could stand in for, `token_invalid` if the session has ended meanwhile.
 */
export async function renewRecoveryCodes(
  deps: Deps,
  actor: Actor,
  { ip, userAgent, language }: Requester,
): Promise<string[]> {
  if (actor.factorCount === 0) throw new AppError('mfa_enrollment_required')
  const { codes, codeMacs } = await makeRecoveryCodes(deps.sealing, actor.id)
  const replaced = await replaceRecoveryCodes(deps, {
    ...sessionOf(actor),
    ...{ codeMacs, ip, userAgent },
    ...mailValues(deps, { language }),
    tries: await triesOf(deps, 'notice', { userId: actor.id }),
  })
  if (replaced.callerId === null) throw new AppError('token_invalid')
  if (!happened(replaced)) throw changedElsewhere()
  deps.postman.wake()
  return codes
}
