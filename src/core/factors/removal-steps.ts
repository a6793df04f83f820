import { inArray, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { passkeys, recoveryCodes, totpFactors, users } from '../../models/index.ts'
import { userChanged } from '../access/change-steps.ts'
import type { Step } from '../audit/state-change.ts'

/**
 * Removes all second factors of the user of a step, and ends all sessions, even one that a concurrent log-in is about to
 * open. A factor that is added meanwhile moves the user's version, so that none is left behind unseen.
 */
export function factorsRemoved(
  db: Database,
  target: Step & { id: SQLWrapper; factorCount: SQLWrapper },
  when: SQL | undefined,
) {
  const changed = userChanged(db, target, {
    set: {
      factorCount: sql`0`,
      sessionEpoch: sql`${users.sessionEpoch} + 1`,
      keptSessionId: sql`null`,
    },
    when: sql`${target.factorCount} > 0 and ${when ?? sql`true`}`,
  })
  const ids = db.select({ id: changed.id }).from(changed)
  const [totp, keys, codes] = [
    db
      .$with('totp_removed')
      .as(
        db
          .delete(totpFactors)
          .where(inArray(totpFactors.userId, ids))
          .returning({ userId: totpFactors.userId }),
      ),
    db
      .$with('passkeys_removed')
      .as(
        db
          .delete(passkeys)
          .where(inArray(passkeys.userId, ids))
          .returning({ userId: passkeys.userId }),
      ),
    db
      .$with('codes_removed')
      .as(
        db
          .delete(recoveryCodes)
          .where(inArray(recoveryCodes.userId, ids))
          .returning({ userId: recoveryCodes.userId }),
      ),
  ]
  return { steps: [changed, totp, keys, codes] as const, changed }
}
