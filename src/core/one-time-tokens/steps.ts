import { and, ne, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal, seconds } from '../../database/params.ts'
import { oneTimeTokens } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'
import { PURPOSES, type Purpose } from './purposes.ts'

/** A step whose rows are users, with the address that their token is about. */
type Owner = Step & Record<'id' | 'email' | 'emailKey', SQLWrapper>

/** Issues a token to a user. It takes the place of an older one of the purpose, or of that slot. */
export function tokenIssued(
  db: Database,
  owner: Owner,
  { purpose, tokenId, slot = literal('') }: { purpose: Purpose; tokenId: SQL; slot?: SQLWrapper },
) {
  const issuing = db
    .select({
      id: tokenId.as('id'),
      userId: sql`${owner.id}`.as('user_id'),
      purpose: literal(purpose).as('purpose'),
      slot: sql`${slot}`.as('slot'),
      email: sql`${owner.email}`.as('email'),
      emailKey: sql`${owner.emailKey}`.as('email_key'),
      attempts: sql`0`.as('attempts'),
      createdAt: sql`now()`.as('created_at'),
      expiresAt: expiry(purpose).as('expires_at'),
    })
    .from(owner)
    .where(sql`${tokenId} is not null`)
  const { userId, purpose: ofPurpose, slot: inSlot, ...replaced } = oneTimeTokens
  return db.$with('issued').as(
    db
      .insert(oneTimeTokens)
      .select(issuing)
      .onConflictDoUpdate({
        target: [userId, ofPurpose, inSlot],
        set: {
          id: excluded(replaced.id.name),
          email: excluded(replaced.email.name),
          emailKey: excluded(replaced.emailKey.name),
          attempts: excluded(replaced.attempts.name),
          createdAt: excluded(replaced.createdAt.name),
          expiresAt: excluded(replaced.expiresAt.name),
        },
      })
      .returning({ id: oneTimeTokens.id, userId: oneTimeTokens.userId }),
  )
}

/**
 * Voids a user's pending tokens, because what they are about has changed. Those that undo a change of the email stay:
 * whoever took an account over could otherwise take that way back from its owner.
 */
export function tokensVoided(db: Database, of: Step & { id: SQLWrapper }) {
  return db.$with('voided').as(
    db
      .delete(oneTimeTokens)
      .where(
        and(
          sql`${oneTimeTokens.userId} in (select ${of.id} from ${of})`,
          ne(oneTimeTokens.purpose, literal('undo_email_change')),
        ),
      )
      .returning({ id: oneTimeTokens.id }),
  )
}

/** The moment when a token of this purpose expires that is sent now. */
export function expiry(purpose: Purpose): SQL {
  return sql`now() + ${seconds(literal(PURPOSES[purpose].lifetimeSeconds))}`
}

function excluded(column: string): SQL {
  return sql`excluded.${sql.identifier(column)}`
}
