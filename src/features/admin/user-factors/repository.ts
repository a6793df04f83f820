import { eq, sql } from 'drizzle-orm'
import { actingColumns, actorFound, targetFound } from '../../../core/access/steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { factorsRemoved } from '../../../core/factors/removal-steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'

/** Removes all second factors of a user, ends all sessions, and a mail says so. */
export const removeUserFactors = stateChange({
  name: 'remove_user_factors',
  params: { sessionId: 'uuid', userId: 'uuid', targetId: 'uuid', ...MAIL_PARAMS },
  change(db, p) {
    const actor = actorFound(db, p, 'auth:users:remove_factors')
    const target = targetFound(db, actor, p.targetId)
    const { steps, changed } = factorsRemoved(db, target, sql`${target.isBelow}`)
    const told = db
      .$with('told')
      .as(
        db
          .select({ id: target.id, username: target.username, email: target.email })
          .from(target)
          .innerJoin(changed, eq(changed.id, target.id)),
      )
    const enqueued = mailEnqueued(db, told, p, {
      mail: 'factors_removed',
      recipient: told.email,
      data: { username: told.username },
      userId: told.id,
    })
    return {
      steps: [actor, target, ...steps, told, enqueued],
      records: {
        event: 'factors_removed',
        of: told,
        ...{ subject: p.targetId, actor: p.userId, session: p.sessionId },
      },
      answers: {
        from: [actor, target, changed],
        columns: {
          ...actingColumns(actor, target),
          isDone: sql<boolean>`${target.factorCount} = 0`,
          changedId: changed.id,
        },
      },
    }
  },
})
