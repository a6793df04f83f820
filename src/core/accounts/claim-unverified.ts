import { and, eq, exists, gt, isNull, ne, sql } from 'drizzle-orm'
import { literal } from '../../database/params.ts'
import { credentials, oneTimeTokens, users } from '../../models/index.ts'
import { happened, stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'

const claim = stateChange({
  name: 'claim_unverified',
  params: { userId: 'uuid', tokenId: 'uuid', epoch: 'int' },
  change(db, p) {
    const code = db
      .select({ id: oneTimeTokens.id })
      .from(oneTimeTokens)
      .where(
        and(
          eq(oneTimeTokens.id, p.tokenId),
          eq(oneTimeTokens.userId, p.userId),
          eq(oneTimeTokens.purpose, literal('login_code')),
          eq(oneTimeTokens.emailKey, users.emailKey),
          gt(oneTimeTokens.expiresAt, sql`now()`),
        ),
      )
    const claimed = db.$with('claimed').as(
      db
        .update(users)
        .set({
          emailVerifiedAt: sql`now()`,
          updatedAt: sql`now()`,
          sessionEpoch: sql`${users.sessionEpoch} + 1`,
          keptSessionId: sql`null`,
        })
        .where(
          and(
            eq(users.id, p.userId),
            eq(users.sessionEpoch, p.epoch),
            eq(users.factorCount, literal(0)),
            isNull(users.emailVerifiedAt),
            isNull(users.disabledAt),
            exists(code),
          ),
        )
        .returning({ id: users.id, epoch: users.sessionEpoch }),
    )
    const isOfClaimed = (userId: unknown) =>
      sql`${userId} in (select ${claimed.id} from ${claimed})`
    const removed = db
      .$with('password_removed')
      .as(
        db
          .delete(credentials)
          .where(isOfClaimed(credentials.userId))
          .returning({ userId: credentials.userId }),
      )
    const voided = db.$with('voided').as(
      db
        .delete(oneTimeTokens)
        .where(and(isOfClaimed(oneTimeTokens.userId), ne(oneTimeTokens.id, p.tokenId)))
        .returning({ id: oneTimeTokens.id }),
    )
    return {
      steps: [claimed, removed, voided],
      records: {
        event: 'email_verified',
        of: claimed,
        subject: claimed.id,
        details: { by: literal('login_code') },
      },
      answers: { from: [claimed], columns: { epoch: claimed.epoch } },
    }
  },
})

/**
 * Gives an account whose address nobody had verified to whoever reads its mail, by a code that was proven. It loses what
 * somebody else may have set up before: its password, all its sessions, and all tokens but that of the code. Returns the
 * account's new epoch, or undefined if it changed meanwhile.
 */
export async function claimUnverified(
  deps: CoreDeps,
  values: { userId: string; tokenId: string; epoch: number },
): Promise<number | undefined> {
  const claimed = await claim(deps, values)
  return happened(claimed) ? claimed.epoch : undefined
}
