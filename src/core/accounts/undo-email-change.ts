import { and, eq, inArray, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { AppError } from '../../errors.ts'
import { passkeys, totpFactors, users } from '../../models/index.ts'
import { maskedEmail } from '../audit/record-steps.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { codesDeleted } from '../factors/count-steps.ts'
import { openToken } from '../one-time-tokens/open.ts'
import { tokenRedeemed } from '../one-time-tokens/redeem-steps.ts'
import { tokenIssued } from '../one-time-tokens/steps.ts'
import { mailValues, newId, type Requester } from '../outbox/enqueue.ts'
import { MAIL_PARAMS, mailEnqueued } from '../outbox/steps.ts'
import { refuseTaken } from './address-taken.ts'
import { identitiesDeleted, unlinksRecorded } from './claim-steps.ts'

const undo = stateChange({
  name: 'undo_email_change',
  params: { tokenId: 'uuid', userId: 'uuid', resetTokenId: 'uuid', ...MAIL_PARAMS },
  change(db, p) {
    const { steps, redeemed } = tokenRedeemed(db, p, {
      purpose: 'undo_email_change',
      needs: 'nothing',
      voids: ['verify_email', 'confirm_email', 'login_code'],
      decidesByRows: true,
    })
    const isSince = (column: SQLWrapper) =>
      sql`${column} >= (select ${redeemed.createdAt} from ${redeemed})`
    const countOf = (table: typeof totpFactors | typeof passkeys, since: SQL | undefined) =>
      sql`(select count(*)::int from ${table} where ${and(eq(table.userId, users.id), since)})`
    const totpSince = isSince(totpFactors.confirmedAt)
    const passkeySince = isSince(passkeys.createdAt)
    const restored = db.$with('restored').as(
      db
        .update(users)
        .set({
          email: sql`${redeemed.email}`,
          emailKey: sql`${redeemed.emailKey}`,
          emailVerifiedAt: sql`now()`,
          sessionEpoch: sql`${users.sessionEpoch} + 1`,
          keptSessionId: sql`null`,
          accessVersion: sql`${users.accessVersion} + 1`,
          factorCount: sql`${users.factorCount} - ${countOf(totpFactors, totpSince)} - ${countOf(passkeys, passkeySince)}`,
          updatedAt: sql`now()`,
        })
        .from(redeemed)
        .where(eq(users.id, redeemed.userId))
        .returning({
          id: users.id,
          username: users.username,
          email: users.email,
          emailKey: users.emailKey,
          factorCount: users.factorCount,
        }),
    )
    const ids = db.select({ id: restored.id }).from(restored)
    // Whoever changed the address may have set them up. Their mails went to the other address.
    const [totp, keys] = [
      db.$with('totp_removed').as(
        db
          .delete(totpFactors)
          .where(and(inArray(totpFactors.userId, ids), totpSince))
          .returning({ userId: totpFactors.userId }),
      ),
      db.$with('passkeys_removed').as(
        db
          .delete(passkeys)
          .where(and(inArray(passkeys.userId, ids), passkeySince))
          .returning({ userId: passkeys.userId }),
      ),
    ]
    const codes = codesDeleted(db, restored, sql`${restored.factorCount} = 0`)
    // Whoever changed the address was there, and may have linked any of them. Their owner links them again.
    const unlinked = identitiesDeleted(db, ids)
    // Who changed the address may know the password. This also supersedes a link that was sent to the other address.
    const issued = tokenIssued(db, restored, {
      purpose: 'reset_password',
      tokenId: p.resetTokenId,
    })
    const enqueued = mailEnqueued(db, restored, p, {
      besides: [issued],
      mail: 'reset_password',
      recipient: restored.email,
      data: { username: restored.username },
      userId: restored.id,
      tokenId: issued.id,
    })
    return {
      steps: [...steps, restored, totp, keys, codes, unlinked, issued, enqueued],
      records: [
        {
          event: 'email_change_undone',
          of: restored,
          subject: restored.id,
          details: { email: maskedEmail(restored.email) },
        },
        unlinksRecorded(unlinked),
      ],
      answers: { from: [restored], columns: { restoredId: restored.id } },
    }
  },
})

/** Another change of the address can come between, a link to a provider, or a factor. The next attempt sees that. */
const MAX_ATTEMPTS = 5

/**
 * Restores a former address, ends all sessions, unlinks all identities and removes second factors that were set up since, by
 * the token of the mail that told of the change. A mail with a link to choose a new password follows. Throws
 * `one_time_token_invalid`, or `already_taken` if another account has the address by now.
 */
export async function undoEmailChange(
  deps: CoreDeps,
  token: string,
  { language }: Requester,
): Promise<void> {
  const ref = await openToken(deps, 'undo_email_change', token)
  const values = { ...ref, resetTokenId: newId(deps), ...mailValues(deps, { language }) }
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (!happened(await undo(deps, values).catch(refuseTaken))) continue
    deps.postman.wake()
    return
  }
  throw new AppError('one_time_token_invalid')
}
