import { and, eq, notExists, sql } from 'drizzle-orm'
import { literal } from '../../database/params.ts'
import { AppError } from '../../errors.ts'
import { users } from '../../models/index.ts'
import { maskedEmail } from '../audit/record-steps.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { openToken } from '../one-time-tokens/open.ts'
import { tokenRedeemed } from '../one-time-tokens/redeem-steps.ts'
import { tokenIssued } from '../one-time-tokens/steps.ts'
import { mailValues, newId, type Requester } from '../outbox/enqueue.ts'
import { MAIL_PARAMS, mailEnqueued } from '../outbox/steps.ts'
import { refuseTaken } from './address-taken.ts'
import { addressIsKept } from './predicates.ts'

const confirm = stateChange({
  name: 'confirm_email',
  params: {
    tokenId: 'uuid',
    userId: 'uuid',
    undoTokenId: 'uuid',
    ip: 'text?',
    userAgent: 'text?',
    ...MAIL_PARAMS,
  },
  change(db, p) {
    const { steps, spent, redeemed } = tokenRedeemed(db, p, {
      purpose: 'confirm_email',
      needs: 'same_epoch',
      voids: ['verify_email', 'reset_password', 'login_code'],
    })
    const former = db.$with('former').as(
      db
        .select({
          id: users.id,
          email: users.email,
          emailKey: users.emailKey,
          isProven: sql<boolean>`${redeemed.isVerified}`.as('is_proven'),
          newEmail: sql<string>`${redeemed.email}`.as('new_email'),
          newEmailKey: sql<string>`${redeemed.emailKey}`.as('new_email_key'),
        })
        .from(redeemed)
        .innerJoin(users, eq(users.id, redeemed.userId)),
    )
    const changed = db.$with('changed').as(
      db
        .update(users)
        .set({
          email: sql`${former.newEmail}`,
          emailKey: sql`${former.newEmailKey}`,
          emailVerifiedAt: sql`now()`,
          updatedAt: sql`now()`,
        })
        .from(former)
        .where(
          and(
            eq(users.id, former.id),
            eq(users.emailKey, former.emailKey),
            sql`not ${addressIsKept(db, former.newEmailKey, users.id)}`,
          ),
        )
        .returning({
          id: users.id,
          username: users.username,
          email: sql<string>`${former.email}`.as('former_email'),
          emailKey: sql<string>`${former.emailKey}`.as('former_email_key'),
          isProven: sql<boolean>`${former.isProven}`.as('former_is_proven'),
          newEmail: users.email,
        }),
    )
    // Where the user took an address back, the one between gets no way back. Nor does one that nobody had proven to read:
    // it may have been mistyped, and its reader a stranger.
    const undone = db
      .select({ id: spent.id })
      .from(spent)
      .where(eq(spent.purpose, literal('undo_email_change')))
    const left = db.$with('left_behind').as(
      db
        .select({
          id: changed.id,
          username: changed.username,
          email: changed.email,
          emailKey: changed.emailKey,
          newEmail: sql<string>`${changed.newEmail}`.as('new_email'),
        })
        .from(changed)
        .where(and(notExists(undone), sql`${changed.isProven}`)),
    )
    const issued = tokenIssued(db, left, {
      purpose: 'undo_email_change',
      tokenId: p.undoTokenId,
      slot: left.emailKey,
    })
    const enqueued = mailEnqueued(db, left, p, {
      besides: [issued],
      mail: 'email_changed',
      recipient: left.email,
      data: {
        username: left.username,
        new_email: left.newEmail,
        ip: p.ip,
        user_agent: p.userAgent,
      },
      userId: left.id,
      tokenId: issued.id,
    })
    return {
      steps: [...steps, former, changed, left, issued, enqueued],
      records: {
        event: 'email_changed',
        of: changed,
        subject: changed.id,
        details: {
          email: maskedEmail(changed.email),
          new_email: maskedEmail(changed.newEmail),
        },
      },
      answers: { from: [changed], columns: { changedId: changed.id } },
    }
  },
})

/**
 * Gives the user the new address, by the token of the mail that was sent there. The former one is told, and can undo it
 * for a while, if it was verified, and unless the user takes back by this what that link would have undone. Throws `one_time_token_invalid`, or
 * `already_taken` if another account has the address by now.
 */
export async function confirmEmail(
  deps: CoreDeps,
  token: string,
  { ip, userAgent, language }: Requester,
): Promise<void> {
  const ref = await openToken(deps, 'confirm_email', token)
  const values = { ...ref, ip, userAgent, undoTokenId: newId(deps) }
  const changed = confirm(deps, { ...values, ...mailValues(deps, { language }) })
  if (!happened(await changed.catch(refuseTaken))) throw new AppError('one_time_token_invalid')
  deps.postman.wake()
}
