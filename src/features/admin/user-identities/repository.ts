import { sql } from 'drizzle-orm'
import { actingColumns, actorFound, targetFound } from '../../../core/access/steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import {
  identityUnlinked,
  UNLINK_PARAMS,
  unlinkColumns,
} from '../../../core/federation/unlink-steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'
import { users } from '../../../models/index.ts'

/**
 * Unlinks an identity of a user, ends all sessions, and a mail says so. Something to log in by is always left, so that nobody
 * stops being an admin who can log in by it.
 */
export const unlinkUserIdentity = stateChange({
  name: 'unlink_user_identity',
  params: {
    ...{ sessionId: 'uuid', userId: 'uuid', targetId: 'uuid' },
    ...{ ...UNLINK_PARAMS, ...MAIL_PARAMS },
  },
  change(db, p) {
    const actor = actorFound(db, p, 'auth:users:unlink_identities')
    const target = targetFound(db, actor, p.targetId)
    const owner = db
      .$with('owner')
      .as(
        db
          .select({ id: target.id, username: target.username, email: target.email })
          .from(target)
          .where(sql`${target.isBelow}`),
      )
    const { steps, told, ...unlinking } = identityUnlinked(db, p, owner, {
      sessionEpoch: sql`${users.sessionEpoch} + 1`,
      keptSessionId: sql`null`,
    })
    const { deleted } = unlinking
    const enqueued = mailEnqueued(db, told, p, {
      mail: 'identity_removed',
      recipient: told.email,
      data: { username: told.username, provider: told.providerName },
      userId: told.id,
    })
    return {
      steps: [actor, target, owner, ...steps, enqueued],
      records: {
        ...{ event: 'identity_unlinked', of: deleted },
        ...{ subject: deleted.userId, actor: p.userId, session: p.sessionId },
        details: { identity: deleted.id, provider: deleted.provider },
      },
      answers: {
        from: [actor, target, unlinking.linked, deleted],
        columns: { ...actingColumns(actor, target), ...unlinkColumns(unlinking) },
      },
    }
  },
})
