import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { literal } from '../../database/params.ts'
import { AppError } from '../../errors.ts'
import { oneTimeTokens, users } from '../../models/index.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { factorRowsDeleted } from '../factors/removal-steps.ts'
import { countedRead } from '../limits/counted-read.ts'
import { unlessRefused } from '../limits/refuse.ts'
import { loginsForgiven } from '../limits/steps.ts'
import { triesOf } from '../limits/tries.ts'
import { openToken } from '../one-time-tokens/open.ts'
import { tokenRedeemed } from '../one-time-tokens/redeem-steps.ts'
import { mailValues, type Requester } from '../outbox/enqueue.ts'
import { MAIL_PARAMS, mailEnqueued } from '../outbox/steps.ts'
import { refusePassword } from '../passwords/policy.ts'
import { passwordSet } from '../passwords/steps.ts'
import { claimRecorded, identitiesDeleted, unlinksRecorded } from './claim-steps.ts'

/** Counts a reset, and selects the user of a token that may still be used. */
const countReset = countedRead({
  name: 'count_reset',
  params: { tokenId: 'uuid', userId: 'uuid' },
  find: (db, p) =>
    db
      .select({ usernameKey: users.usernameKey, emailKey: users.emailKey })
      .from(oneTimeTokens)
      .innerJoin(users, eq(users.id, oneTimeTokens.userId))
      .where(
        and(
          eq(oneTimeTokens.id, p.tokenId),
          eq(oneTimeTokens.userId, p.userId),
          eq(oneTimeTokens.purpose, literal('reset_password')),
          gt(oneTimeTokens.expiresAt, sql`now()`),
          isNull(users.disabledAt),
        ),
      ),
})

const reset = stateChange({
  name: 'reset_password',
  params: {
    tokenId: 'uuid',
    userId: 'uuid',
    newHash: 'text',
    ip: 'text?',
    userAgent: 'text?',
    ...MAIL_PARAMS,
  },
  change(db, p) {
    const { steps, redeemed } = tokenRedeemed(db, p, {
      purpose: 'reset_password',
      needs: 'same_address',
      voids: ['verify_email', 'confirm_email', 'login_code'],
      decidesByRows: true,
    })
    const ended = db.$with('all_ended').as(
      db
        .update(users)
        .set({
          sessionEpoch: sql`${users.sessionEpoch} + 1`,
          keptSessionId: sql`null`,
          emailVerifiedAt: sql`coalesce(${users.emailVerifiedAt}, now())`,
          factorCount: sql`case when ${redeemed.isVerified} then ${users.factorCount} else 0 end`,
          accessVersion: sql`${users.accessVersion} + 1`,
          updatedAt: sql`now()`,
        })
        .from(redeemed)
        .where(and(eq(users.id, redeemed.userId), eq(users.emailKey, redeemed.emailKey)))
        .returning({
          id: users.id,
          username: users.username,
          email: users.email,
          wasVerified: sql<boolean>`${redeemed.isVerified}`.as('was_verified'),
        }),
    )
    // Of an address that nobody had verified, somebody else may have set them up (claim-steps.ts).
    const claimed = db
      .$with('claimed')
      .as(db.select({ id: ended.id }).from(ended).where(sql`not ${ended.wasVerified}`))
    const unproven = db.select({ id: claimed.id }).from(claimed)
    const unlinked = identitiesDeleted(db, unproven)
    const set = passwordSet(db, ended, p.newHash)
    const forgiven = loginsForgiven(db, ended)
    const enqueued = mailEnqueued(db, ended, p, {
      mail: 'password_changed',
      recipient: ended.email,
      data: { username: ended.username, ip: p.ip, user_agent: p.userAgent },
      userId: ended.id,
    })
    return {
      steps: [
        ...[...steps, ended, claimed, ...factorRowsDeleted(db, unproven), unlinked],
        ...[set, forgiven, enqueued],
      ],
      records: [
        { event: 'password_reset', of: set, subject: set.userId },
        claimRecorded(claimed, 'reset_password'),
        unlinksRecorded(unlinked),
      ],
      answers: { from: [set], columns: { userId: set.userId } },
    }
  },
})

/** What the user has can change meanwhile. The next attempt sees that. */
const MAX_ATTEMPTS = 5

/**
 * Sets a new password by the token of a mail, ends all sessions and pending tokens of the user, and forgets failed
 * log-ins. Whoever has the token reads the mail, so it verifies the address; where that is the first proof, second factors and
 * identities are gone, for somebody else may have set them up. It opens no session. Throws
 * `one_time_token_invalid`, or `validation_failed` for a password that is not accepted, after which the token can still be
 * used.
 */
export async function resetPassword(
  deps: CoreDeps,
  { token, password }: { token: string; password: string },
  { ip, userAgent, language }: Requester,
  signal: AbortSignal,
): Promise<void> {
  const ref = await openToken(deps, 'reset_password', token)
  const tries = await triesOf(deps, 'reset', { ip })
  const { found: owner } = unlessRefused(deps, await countReset(deps.db, { ...ref, tries }))
  if (!owner) throw new AppError('one_time_token_invalid')
  await refusePassword(deps, password, { pointer: '/new_password', identifiers: owner })
  const newHash = await deps.passwords.hash(password, signal)
  const values = { ...ref, newHash, ip, userAgent, ...mailValues(deps, { language }) }
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (!happened(await reset(deps, values))) continue
    deps.postman.wake()
    return
  }
  throw new AppError('one_time_token_invalid')
}
