import { eq } from 'drizzle-orm'
import { stateChange } from '../../../core/audit/state-change.ts'
import { hashReplaced } from '../../../core/passwords/steps.ts'
import { isCaller } from '../../../core/sessions/predicates.ts'
import { epochMoved } from '../../../core/sessions/steps.ts'
import { read } from '../../../database/read.ts'
import { credentials, sessions, users } from '../../../models/index.ts'

/** Selects what a password change needs of the caller, if the caller's session is live. */
export const selectOwnAccount = read({
  name: 'select_own_account',
  params: { sessionId: 'uuid', userId: 'uuid' },
  find: (db, p) =>
    db
      .select({
        usernameKey: users.usernameKey,
        emailKey: users.emailKey,
        passwordHash: credentials.passwordHash,
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .innerJoin(credentials, eq(credentials.userId, users.id))
      .where(isCaller(p)),
})

/**
 * Replaces the hash that was checked and ends all sessions but the caller's, in one statement. Does nothing if the
 * caller's session has ended meanwhile. If the stored hash has changed meanwhile, only the other sessions end.
 */
export const replacePassword = stateChange({
  name: 'replace_password',
  params: { sessionId: 'uuid', userId: 'uuid', oldHash: 'text', newHash: 'text' },
  change(db, p) {
    const moved = epochMoved(db, { ...p, keptId: p.sessionId })
    const replaced = hashReplaced(db, moved, p)
    return {
      steps: [moved, replaced],
      records: { event: 'password_changed', of: replaced },
      answers: { from: [replaced], columns: { userId: replaced.userId } },
    }
  },
})
