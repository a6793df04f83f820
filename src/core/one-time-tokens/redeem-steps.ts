import { and, eq, exists, gt, gte, isNull, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../../database/index.ts'
import { literal } from '../../database/params.ts'
import { oneTimeTokens, users } from '../../models/index.ts'
import { isUnchanged } from '../access/change-steps.ts'
import type { Purpose } from './purposes.ts'

/** How a token of one purpose is used up. */
type Redemption = {
  purpose: Purpose
  /** What its user must still have: the address that it was sent to, or the session epoch that is its slot. */
  needs: 'same_address' | 'same_epoch' | 'nothing'
  /** The purposes whose pending tokens it voids, other than its own. */
  voids: readonly Purpose[]
  /**
   * True if the rows of the user decide what else is done. Nothing happens where they were changed after the statement began;
   * another attempt sees them.
   */
  decidesByRows?: true
}

/** The user in the statement's snapshot. The locked row can be newer. */
const seen = alias(users, 'seen')
/** The token that undoes the change away from the address that is taken back. */
const undoing = alias(oneTimeTokens, 'undoing')

/**
 * Uses a token up, and voids others of its user. Nothing happens if it was used before, has expired or was superseded, if
 * its user may not log in, or has not what the token needs. Of several redeems at once one finds it. Its row, if there
 * is one, is in `redeemed`. Redeems of one user take turns. The statement does not see the tokens that the one before it
 * issued, so nothing happens either if that changed the address: another attempt sees them.
 */
export function tokenRedeemed(
  db: Database,
  p: Record<'tokenId' | 'userId', SQL>,
  { purpose, needs, voids, decidesByRows }: Redemption,
) {
  const {
    id,
    userId,
    purpose: ofPurpose,
    slot,
    email,
    emailKey,
    createdAt,
    expiresAt,
  } = oneTimeTokens
  const owner = db.$with('token_owner').as(
    db
      .select({
        id: users.id,
        emailKey: users.emailKey,
        epoch: users.sessionEpoch,
        isVerified: sql<boolean>`${users.emailVerifiedAt} is not null`.as('is_verified'),
      })
      .from(users)
      .where(
        and(
          eq(users.id, p.userId),
          isNull(users.disabledAt),
          sql`${users.emailKey} = (select ${seen.emailKey} from ${users} ${sql.raw('seen')} where ${eq(seen.id, users.id)})`,
          decidesByRows && isUnchanged(),
        ),
      )
      .for('no key update'),
  )
  const held = {
    same_address: eq(owner.emailKey, emailKey),
    same_epoch: sql`${owner.epoch}::text = ${slot}`,
    nothing: undefined,
  }
  const found = db.$with('found').as(
    db
      .select({ id, createdAt, emailKey })
      .from(oneTimeTokens)
      .where(
        and(
          eq(id, p.tokenId),
          eq(userId, p.userId),
          eq(ofPurpose, literal(purpose)),
          gt(expiresAt, sql`now()`),
          exists(
            db
              .select({ id: owner.id })
              .from(owner)
              .where(and(eq(owner.id, userId), held[needs])),
          ),
        ),
      )
      .for('update'),
  )
  const others = [
    ...voids.map((one) => eq(ofPurpose, literal(one))),
    // A change of the email that was made before this one can still be undone.
    purpose === 'undo_email_change'
      ? and(
          eq(ofPurpose, literal(purpose)),
          gt(createdAt, sql`(select ${found.createdAt} from ${found})`),
        )
      : undefined,
    // A former address is taken back. Those after it, one perhaps a thief's, must not come back by tokens of their own.
    purpose === 'confirm_email'
      ? and(
          eq(ofPurpose, literal('undo_email_change')),
          gte(
            createdAt,
            sql`(select min(${undoing.createdAt}) from ${oneTimeTokens} ${sql.raw('undoing')} where ${and(
              eq(undoing.userId, p.userId),
              eq(undoing.purpose, literal('undo_email_change')),
              sql`${undoing.emailKey} = (select ${found.emailKey} from ${found})`,
              gt(undoing.expiresAt, sql`now()`),
            )})`,
          ),
        )
      : undefined,
  ]
  const spent = db.$with('spent').as(
    db
      .delete(oneTimeTokens)
      .where(
        and(
          eq(userId, p.userId),
          exists(db.select({ id: found.id }).from(found)),
          or(eq(id, p.tokenId), ...others),
        ),
      )
      .returning({ id, userId, purpose: ofPurpose, email, emailKey, createdAt }),
  )
  const redeemed = db.$with('redeemed').as(
    db
      .select({
        tokenId: spent.id,
        userId: spent.userId,
        email: spent.email,
        emailKey: spent.emailKey,
        createdAt: spent.createdAt,
        // As it was before.
        isVerified: owner.isVerified,
      })
      .from(spent)
      .innerJoin(owner, eq(owner.id, spent.userId))
      .where(eq(spent.id, p.tokenId)),
  )
  return { steps: [owner, found, spent, redeemed], spent, redeemed }
}
