import { eq } from 'drizzle-orm'
import { stateChange } from '../../../core/audit/state-change.ts'
import {
  identityUnlinked,
  UNLINK_PARAMS,
  unlinkColumns,
} from '../../../core/federation/unlink-steps.ts'
import { noticeCounted } from '../../../core/limits/notice-steps.ts'
import { LIMIT_PARAMS } from '../../../core/limits/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'
import { callerHeld } from '../../../core/sessions/steps.ts'
import { users } from '../../../models/index.ts'

/** Unlinks an identity of the caller, unless nothing would be left to log in by, and a mail tells. */
export const unlinkIdentity = stateChange({
  name: 'unlink_identity',
  params: {
    ...{ sessionId: 'uuid', userId: 'uuid', ip: 'text?', userAgent: 'text?' },
    ...{ ...UNLINK_PARAMS, ...MAIL_PARAMS, ...LIMIT_PARAMS },
  },
  change(db, p) {
    const caller = callerHeld(db, p)
    const owner = db
      .$with('owner')
      .as(
        db
          .select({ id: users.id, username: users.username, email: users.email })
          .from(caller)
          .innerJoin(users, eq(users.id, caller.userId)),
      )
    const { steps, told, ...unlinking } = identityUnlinked(db, p, owner)
    const { deleted } = unlinking
    const { steps: counting, noticed } = noticeCounted(db, p, told)
    const enqueued = mailEnqueued(db, noticed, p, {
      besides: [told],
      mail: 'identity_unlinked',
      recipient: noticed.email,
      data: {
        ...{ username: noticed.username, provider: told.providerName },
        ...{ ip: p.ip, user_agent: p.userAgent },
      },
      userId: noticed.id,
    })
    return {
      steps: [caller, owner, ...steps, ...counting, enqueued],
      records: {
        event: 'identity_unlinked',
        of: deleted,
        subject: deleted.userId,
        session: p.sessionId,
        details: { identity: deleted.id, provider: deleted.provider },
      },
      answers: {
        from: [caller, unlinking.linked, deleted],
        columns: { callerId: caller.userId, ...unlinkColumns(unlinking) },
      },
    }
  },
})
