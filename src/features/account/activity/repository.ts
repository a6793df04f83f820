import { desc, eq, sql } from 'drizzle-orm'
import { newestEvents, PAGE_PARAMS } from '../../../core/audit/page-steps.ts'
import { isCaller } from '../../../core/sessions/predicates.ts'
import { read } from '../../../database/read.ts'
import { auditEvents, sessions, users } from '../../../models/index.ts'

/**
 * Selects a page of what the audit trail has about the caller, the newest first. It is one row without an event where the
 * trail has nothing, and none where the session has ended. Of what an admin did there is neither session nor address.
 */
export const selectActivity = read({
  name: 'select_activity',
  params: { sessionId: 'uuid', userId: 'uuid', ...PAGE_PARAMS },
  find: (db, p) => {
    const page = newestEvents(db, p, { column: auditEvents.subjectId, is: p.userId }).as('page')
    const isByAdmin = sql<boolean>`coalesce(${page.actorId} <> ${page.subjectId}, false)`
    const own = (column: typeof page.ip | typeof page.sessionId) =>
      sql<string | null>`case when not ${isByAdmin} then ${column} end`
    return db
      .select({
        callerId: sql<string>`${sessions.id}`.as('caller_id'),
        id: page.id,
        at: page.at,
        event: page.event,
        outcome: page.outcome,
        ip: own(page.ip).as('own_ip'),
        ownSessionId: own(page.sessionId).as('own_session_id'),
        isByAdmin: isByAdmin.as('is_by_admin'),
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .leftJoinLateral(page, sql`true`)
      .where(isCaller(p))
  },
  order: ({ id }) => [desc(id)],
})
