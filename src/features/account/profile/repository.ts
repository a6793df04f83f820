import { eq } from 'drizzle-orm'
import { PROFILE_PARAMS, profileChanged } from '../../../core/accounts/profile-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { callerFound } from '../../../core/sessions/steps.ts'
import { users } from '../../../models/index.ts'

/** Changes the caller's profile, and says who they were called before. */
export const changeProfile = stateChange({
  name: 'change_profile',
  params: { sessionId: 'uuid', userId: 'uuid', ...PROFILE_PARAMS },
  change(db, p) {
    const caller = callerFound(db, p)
    const former = db
      .$with('former')
      .as(
        db
          .select({ id: users.id, username: users.username })
          .from(users)
          .innerJoin(caller, eq(caller.userId, users.id)),
      )
    const { changed, details } = profileChanged(db, former, p)
    return {
      steps: [caller, former, changed],
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
