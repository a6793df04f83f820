import { and, eq, sql } from 'drizzle-orm'
import { isUnchanged } from '../../../core/access/change-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { recoveryCodesReplaced } from '../../../core/factors/count-steps.ts'
import { noticeCounted } from '../../../core/limits/notice-steps.ts'
import { LIMIT_PARAMS } from '../../../core/limits/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'
import { callerFound } from '../../../core/sessions/steps.ts'
import { users } from '../../../models/index.ts'

/** Stores other recovery codes for the caller and deletes those of before, if the session is live and nothing else changes the account. */
export const replaceRecoveryCodes = stateChange({
  name: 'replace_recovery_codes',
  params: {
    sessionId: 'uuid',
    userId: 'uuid',
    /** By spaces. */
    codeMacs: 'text',
    ip: 'text?',
    userAgent: 'text?',
    ...MAIL_PARAMS,
    ...LIMIT_PARAMS,
  },
  change(db, p) {
    const caller = callerFound(db, p)
    const owner = db.$with('owner').as(
      db
        .update(users)
        .set({ accessVersion: sql`${users.accessVersion} + 1` })
        .from(caller)
        // Codes that another renewal stores meanwhile are not seen here, and would stay.
        .where(and(eq(users.id, caller.userId), isUnchanged()))
        .returning({ id: users.id, username: users.username, email: users.email }),
    )
    const { steps: replacing } = recoveryCodesReplaced(db, owner, p)
    const { steps: counting, noticed } = noticeCounted(db, p, owner)
    const enqueued = mailEnqueued(db, noticed, p, {
      mail: 'recovery_codes_replaced',
      recipient: noticed.email,
      data: { username: noticed.username, ip: p.ip, user_agent: p.userAgent },
      userId: noticed.id,
    })
    return {
      steps: [caller, owner, ...replacing, ...counting, enqueued],
      records: {
        event: 'recovery_codes_replaced',
        of: owner,
        subject: owner.id,
        session: p.sessionId,
      },
      answers: { from: [caller, owner], columns: { callerId: caller.userId, userId: owner.id } },
    }
  },
})
