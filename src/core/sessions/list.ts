import { and, desc, eq, sql } from 'drizzle-orm'
import { instant } from '../../database/instants.ts'
import { read } from '../../database/read.ts'
import { sessions, users } from '../../models/index.ts'
import type { CoreDeps } from '../deps.ts'
import { isLive } from './predicates.ts'
import type { Transport } from './session.ts'

const selectLiveSessions = read({
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
        transport: sql<Transport>`${sessions.transport}`.as('transport'),
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.userId, p.userId), isLive())),
  order: ({ lastUsedAt, id }) => [desc(lastUsedAt), desc(id)],
})

/** Returns the live sessions of a user, the last used first, and whether each is the caller's own. */
export async function liveSessions(
  { db }: Pick<CoreDeps, 'db'>,
  userId: string,
  currentId: string,
) {
  const live = await selectLiveSessions(db, { userId })
  return live.map((session) => ({ ...session, isCurrent: session.id === currentId }))
}

export type LiveSession = Awaited<ReturnType<typeof liveSessions>>[number]
