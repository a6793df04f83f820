import { PROFILE_PARAMS, profileChanged } from '../../../core/accounts/profile-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { callerFound } from '../../../core/sessions/steps.ts'

/** Changes the caller's profile. */
export const changeProfile = stateChange({
  name: 'change_profile',
  params: { sessionId: 'uuid', userId: 'uuid', ...PROFILE_PARAMS },
  change(db, p) {
    const caller = callerFound(db, p)
    const { changed, details } = profileChanged(db, caller, caller.userId, p)
    return {
      steps: [caller, changed],
      records: {
        event: 'profile_changed',
        of: changed,
        subject: changed.id,
        session: p.sessionId,
        details,
      },
      answers: {
        from: [caller, changed],
        columns: { callerId: caller.userId, account: changed.account },
      },
    }
  },
})
