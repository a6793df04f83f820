import { and, sql } from 'drizzle-orm'
import { isUnchanged } from '../../../core/access/change-steps.ts'
import { actingColumns, actorFound, targetFound } from '../../../core/access/steps.ts'
import { PROFILE_PARAMS, profileChanged } from '../../../core/accounts/profile-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'

/** Changes what admins keep of a user. */
export const changeUser = stateChange({
  name: 'change_user',
  params: { sessionId: 'uuid', userId: 'uuid', targetId: 'uuid', ...PROFILE_PARAMS },
  change(db, p) {
    const actor = actorFound(db, p, 'auth:users:update')
    const target = targetFound(db, actor, p.targetId)
    const when = and(sql`${target.isBelow}`, isUnchanged())
    const { changed, details } = profileChanged(db, target, target.id, p, when)
    return {
      steps: [actor, target, changed],
      records: {
        ...{ event: 'profile_changed', of: changed, subject: changed.id },
        ...{ actor: p.userId, session: p.sessionId },
        details,
      },
      answers: {
        from: [actor, target, changed],
        columns: { ...actingColumns(actor, target), account: changed.account },
      },
    }
  },
})
