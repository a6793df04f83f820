import { and, eq, inArray, sql } from 'drizzle-orm'
import { ADMINS_PARAMS, adminsHeld, isUnchanged } from '../../../core/access/change-steps.ts'
import { isAdmin } from '../../../core/access/steps.ts'
import { maskedEmail } from '../../../core/audit/record-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'
import { callerFound } from '../../../core/sessions/steps.ts'
import { credentials, users } from '../../../models/index.ts'

/**
 * Deletes the caller with all that belongs to the account, if the hash that was checked is still the stored one, or there was
 * none and still is. Username and address are free again. The last admin stays.
 */
export const deleteUser = stateChange({
  name: 'delete_user',
  params: {
    ...{ sessionId: 'uuid', userId: 'uuid', checkedHash: 'text?' },
    ...ADMINS_PARAMS,
    ...MAIL_PARAMS,
  },
  change(db, p) {
    const caller = callerFound(db, p)
    const proven = db
      .select({ userId: caller.userId })
      .from(caller)
      .leftJoin(credentials, eq(credentials.userId, caller.userId))
      .where(sql`${credentials.passwordHash} is not distinct from ${p.checkedHash}`)
    const account = db.$with('account').as(
      db
        .select({ id: users.id, isAdmin: isAdmin(users.id).as('is_admin') })
        .from(users)
        .where(inArray(users.id, proven)),
    )
    const { held, othersLeft } = adminsHeld(db, account, p)
    const deleted = db.$with('deleted').as(
      db
        .delete(users)
        .where(
          and(eq(users.id, sql`(select ${account.id} from ${account})`), isUnchanged(), othersLeft),
        )
        .returning({ id: users.id, username: users.username, email: users.email }),
    )
    const enqueued = mailEnqueued(db, deleted, p, {
      mail: 'account_deleted',
      recipient: deleted.email,
      data: { username: deleted.username },
    })
    return {
      steps: [caller, account, held, deleted, enqueued],
      records: {
        event: 'user_deleted',
        of: deleted,
        subject: deleted.id,
        session: p.sessionId,
        details: { email: maskedEmail(deleted.email) },
      },
      answers: {
        from: [caller, account, deleted],
        columns: {
          callerId: caller.userId,
          provenId: account.id,
          deletedId: deleted.id,
          othersLeft,
        },
      },
    }
  },
})
