import { happened } from '../../../core/audit/state-change.ts'
import { bothProven } from '../../../core/factors/assurance.ts'
import { factorRefused, totpAbout } from '../../../core/factors/prove.ts'
import { qrCode } from '../../../core/factors/qr-code.ts'
import { makeRecoveryCodes } from '../../../core/factors/recovery-codes.ts'
import { acceptedStep, base32, makeTotpSecret, otpauthUri } from '../../../core/factors/totp.ts'
import { forgiveTry } from '../../../core/limits/forgive.ts'
import { unlessRefused } from '../../../core/limits/refuse.ts'
import { triesOf } from '../../../core/limits/tries.ts'
import { mailValues, type Requester } from '../../../core/outbox/enqueue.ts'
import { type Actor, sessionOf } from '../../../core/sessions/authenticate.ts'
import { raiseValues } from '../../../core/sessions/raise.ts'
import { subjectOf } from '../../../core/sessions/subject.ts'
import type { SessionTokens } from '../../../core/tokens/tokens.ts'
import type { Deps } from '../../../deps.ts'
import { AppError } from '../../../errors.ts'
import { confirmTotp, countConfirmation, keepPendingTotp, removeTotp } from './repository.ts'

/** What an authenticator app needs, as text, as a link and as a picture. */
export type Enrolment = { secret: string; uri: string; svg: string }

/** Begins to enrol an authenticator app. Throws `factor_exists` where there is one already. */
export async function enrolTotp(deps: Deps, actor: Actor): Promise<Enrolment> {
  const secret = makeTotpSecret()
  const sealedSecret = await deps.sealing.seal(secret, totpAbout(actor.id))
  const outcome = await keepPendingTotp(deps, { ...sessionOf(actor), sealedSecret })
  if (outcome.caller === null) throw new AppError('token_invalid')
  if (outcome.kept === null) throw new AppError('factor_exists')
  const label = { issuer: deps.config.projectName, account: actor.username }
  const uri = otpauthUri(secret, label)
  return { secret: base32(secret), uri, svg: await qrCode(uri) }
}

/** The session's new tokens, and recovery codes where it was the first factor. */
export type Confirmed = SessionTokens & { recoveryCodes: string[] | undefined }

/**
 * Makes a pending authenticator app a factor by its first code, which counts as a proof of it. Throws `factor_refused` for
 * a wrong one. All other sessions end if it is the user's first factor.
 */
export async function confirmEnrolment(
  deps: Deps,
  actor: Actor,
  code: string,
  { ip, userAgent, language }: Requester,
): Promise<Confirmed> {
  const { sealing, clock, tokens } = deps
  const { id: userId, sessionId } = actor
  const about = { userId, sessionId }
  const tries = await triesOf(deps, 'mfa', about)
  const counted = await countConfirmation(deps.db, { userId, sessionId, tries })
  const { found, receipt } = unlessRefused(deps, counted, { about })
  if (!found) throw new AppError('token_invalid')
  const { sealedSecret, lastStep, isConfirmed } = found
  if (isConfirmed) throw new AppError('factor_exists')
  const opened =
    sealedSecret === null ? undefined : await sealing.open(sealedSecret, totpAbout(userId))
  if (sealedSecret === null || lastStep === null || !opened) throw noEnrolment()
  const totpStep = await acceptedStep(opened.secret, code, { now: clock.now(), lastStep })
  if (totpStep === undefined) throw factorRefused(found, about)
  const { codes, codeMacs } = await makeRecoveryCodes(sealing, userId)
  const raise = raiseValues(deps, { userId, sessionId }, { aal: 2, amr: bothProven([], ['otp']) })
  const confirmed = await confirmTotp(deps, {
    ...raise,
    ...{ sealedSecret, totpStep, codeMacs, ip, userAgent },
    ...mailValues(deps, { language }),
    tries: await triesOf(deps, 'notice', { userId }),
  })
  if (!happened(confirmed)) throw factorRefused(found, about)
  deps.postman.wake()
  await forgiveTry(deps, receipt)
  const { isFirst, ...subject } = confirmed
  const pair = await tokens.issue(subjectOf(sessionId, subject), raise.issuedAt)
  return { ...pair, recoveryCodes: isFirst ? codes : undefined }
}

/** Removes the caller's authenticator app. Throws `not_found` for a user without one. */
export async function removeOwnTotp(
  deps: Deps,
  actor: Actor,
  { ip, userAgent, language }: Requester,
): Promise<void> {
  const removed = await removeTotp(deps, {
    ...sessionOf(actor),
    ...{ ip, userAgent },
    ...mailValues(deps, { language }),
    tries: await triesOf(deps, 'notice', { userId: actor.id }),
  })
  if (!happened(removed)) throw noApp()
  deps.postman.wake()
}

/** The refusal of a code where no enrolment waits for one. */
export function noEnrolment(): AppError {
  return new AppError('not_found', {
    detail: 'No authenticator app waits to be confirmed. Please begin anew.',
  })
}

/** The refusal of a removal where there is nothing to remove. */
export function noApp(): AppError {
  return new AppError('not_found', { detail: 'You have no authenticator app.' })
}
