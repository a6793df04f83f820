import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
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
  return { steps: [changed, ...factorRowsDeleted(db, ids)] as const, changed }
}

type Ids = SQLWrapper & { getSQL: () => SQL }

/** Deletes the authenticator app, passkeys and recovery codes of these users. Their `factorCount` is the caller's to set. */
export function factorRowsDeleted(db: Database, userIds: Ids) {
  const rowsOf = (
    name: string,
    table: typeof totpFactors | typeof passkeys | typeof recoveryCodes,
  ) =>
    db
      .$with(name)
      .as(
        db
          .delete(table)
          .where(sql`${table.userId} in ${userIds}`)
          .returning({ userId: table.userId }),
      )
  return [
    rowsOf('totp_removed', totpFactors),
    rowsOf('passkeys_removed', passkeys),
    rowsOf('codes_removed', recoveryCodes),
  ] as const
}
