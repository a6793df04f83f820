import { eq } from 'drizzle-orm'
import { stateChange } from '../../../core/audit/state-change.ts'
import { hashReplaced } from '../../../core/passwords/steps.ts'
import { isCaller } from '../../../core/sessions/predicates.ts'
import { epochMoved } from '../../../core/sessions/steps.ts'
import { read } from '../../../database/read.ts'
import { credentials, sessions, users } from '../../../models/index.ts'

/** What a password change needs to know of the caller, if the caller's session still counts. */
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
 * Replaces the hash that was checked and ends all sessions but the caller's, in one statement. Nothing happens where the
 * caller's session ended meanwhile; where the hash is no longer the one that was checked, only the other sessions end.
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
