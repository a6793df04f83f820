import { and, desc, eq } from 'drizzle-orm'
import { isLive } from '../../../core/sessions/predicates.ts'
import { instant } from '../../../database/instants.ts'
import { read } from '../../../database/read.ts'
import { sessions, users } from '../../../models/index.ts'

/** Selects all live sessions of a user, the last used first. */
export const selectLiveSessions = read({
  name: 'select_live_sessions',
  params: { userId: 'uuid' },
  find: (db, p) =>
    db
      .select({
        id: sessions.id,
        createdAt: instant(sessions.createdAt).as('created_at'),
        lastUsedAt: instant(sessions.rotatedAt).as('last_used_at'),
        expiresAt: instant(sessions.idleExpiresAt).as('expires_at'),
        ip: sessions.ip,
        userAgent: sessions.userAgent,
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.userId, p.userId), isLive())),
  order: ({ lastUsedAt, id }) => [desc(lastUsedAt), desc(id)],
})
