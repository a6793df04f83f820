import { failureCode } from '../../database/errors.ts'
import { NO_REQUEST } from '../audit/origin.ts'
import type { CoreDeps } from '../deps.ts'
import { CLAIMED_AT_ONCE, type ClaimedMail, claimMails, secondsUntilDue, UNKNOWN } from './claim.ts'
import { MailNotSent } from './mails.ts'
import { giveUpMail, keepMail, postponeMail, removeMails } from './settle.ts'

/** Longer than any mailer takes, so that a mail has one sender. After it others take over from one that died. */
export const LEASE_SECONDS = 60
const GIVE_UP_SECONDS = 86_400
/** Nobody was there to send it, or the database is an old copy. Whoever it is to has forgotten what it is about. */
const TOO_OLD_SECONDS = 2 * GIVE_UP_SECONDS
const FIRST_PAUSE_SECONDS = 5
const LONGEST_PAUSE_SECONDS = 1_800

export type DeliveryDeps = Pick<CoreDeps, 'db' | 'logger' | 'mailer' | 'renderMail'>

/**
 * Sends all mails that are due. A mail that is not taken is due again later, and given up after a day. Returns after how
 * many seconds the next mail is due, also if an earlier delivery postponed it, or undefined if none waits. Claims no more
 * mails once `isOver` says so, for one whose sending is cut off may be sent twice.
 */
export async function deliverMails(
  deps: DeliveryDeps,
  isOver: () => boolean = () => false,
): Promise<number | undefined> {
  if (!deps.mailer) return undefined
  while (!isOver()) {
    const claimed = await claimMails(deps.db, { leaseSeconds: LEASE_SECONDS })
    const dropped = claimed.filter(({ due }) => due === undefined).map(({ id }) => id)
    if (dropped.length > 0) await removeMails(deps.db, { ids: dropped })
    await allOf(claimed.map((mail) => deliver(deps, mail)))
    if (claimed.length < CLAIMED_AT_ONCE) return secondsUntilDue(deps.db)
  }
  return undefined
}

/** Waits for all, even if one fails, so that nothing is still being sent afterwards. */
async function allOf(sendings: Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(sendings)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}

/** Sends one mail, or says when it is due again. */
async function deliver(
  { db, logger, mailer, renderMail }: DeliveryDeps,
  { id, due, attempts, ageSeconds }: ClaimedMail,
): Promise<void> {
  if (!due || !mailer) return
  const name = due === UNKNOWN ? UNKNOWN : due.name
  try {
    if (ageSeconds >= TOO_OLD_SECONDS) throw new MailNotSent('TOO_OLD')
    if (due === UNKNOWN) throw new MailNotSent('MAIL_UNKNOWN')
    await mailer.send(await renderMail(due))
  } catch (error) {
    const fields = { mail_id: id, mail: name, attempts, code: codeOf(error) }
    if (ageSeconds >= GIVE_UP_SECONDS) {
      logger.error('mail_given_up', fields)
      await giveUpMail({ db, origin: NO_REQUEST }, { id })
      return
    }
    const seconds = pauseSeconds(attempts, error)
    logger.warn('mail_postponed', { ...fields, retry_after_seconds: seconds })
    await postponeMail(db, { id, seconds })
    return
  }
  await (mailer.keepsMails ? keepMail(db, { id }) : removeMails(db, { ids: [id] }))
  logger.info('mail_sent', { mail_id: id, mail: name, attempts })
}

/** Doubles with each attempt. Half of it is random, so that what failed together does not come back together. */
function pauseSeconds(attempts: number, error: unknown): number {
  const longest = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(attempts, 20))
  const pause = Math.ceil(longest * (0.5 + Math.random() / 2))
  const asked = error instanceof MailNotSent ? (error.retryAfterSeconds ?? 0) : 0
  return Math.max(pause, asked)
}

/** What may be logged of a failure. Messages quote recipients. */
function codeOf(error: unknown): string {
  if (error instanceof MailNotSent) return error.code
  return failureCode(error) ?? (error instanceof Error ? error.name : 'UNKNOWN')
}
