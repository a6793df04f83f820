import { exists } from 'drizzle-orm'
import { PROFILE_PARAMS, profileChanged } from '../../../core/accounts/profile-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { LIMIT_PARAMS, refusedColumns, tryCounted } from '../../../core/limits/steps.ts'
import { callerFound } from '../../../core/sessions/steps.ts'

/** Changes the caller's profile, unless that was done too often. */
export const changeProfile = stateChange({
  name: 'change_profile',
  params: { sessionId: 'uuid', userId: 'uuid', ...PROFILE_PARAMS, ...LIMIT_PARAMS },
  change(db, p) {
    const caller = callerFound(db, p)
    const when = exists(db.select({ id: caller.userId }).from(caller))
    const { steps: counting, refused, passed } = tryCounted(db, p, { when })
    const { changed, details } = profileChanged(db, caller, caller.userId, p, passed)
    return {
      steps: [caller, ...counting, changed],
      records: {
        event: 'profile_changed',
        of: changed,
        subject: changed.id,
        session: p.sessionId,
        details,
      },
      answers: {
        from: [caller, refused, changed],
        columns: {
          ...{ callerId: caller.userId, account: changed.account },
          ...refusedColumns(refused),
        },
      },
    }
  },
})
