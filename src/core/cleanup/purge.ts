import { and, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Database } from '../../database/index.ts'
import { dayOf } from '../../database/instants.ts'
import { literal } from '../../database/params.ts'
import { statement } from '../../database/statement.ts'
import {
  invitations,
  oneTimeTokens,
  outbox,
  rateLimits,
  sessions,
  spentTokens,
} from '../../models/index.ts'
import { OWN_SCHEMA } from '../../models/schema.ts'
import type { AuditSettings } from '../audit/settings.ts'

/** Rows past their use: those whose column is before the moment. The column has an index. */
type Useless = {
  table: PgTable
  /** The primary key. */
  id: PgColumn
  column: PgColumn
  before: SQL
  /** What a partial index says of its rows. */
  where?: SQL
}

const daysAgo = (days: number) => sql`now() - ${literal(days)} * interval '1 day'`

/** Deletes up to `limit` useless rows and returns their number. Skips locked rows. */
function purge(name: string, { table, id, column, before, where }: Useless) {
  const remove = statement({ name, kind: 'write', params: { limit: 'int' } }, (db, p) => {
    // A CTE, because some plans run a plain subquery, with its limit, once for every row.
    const useless = db.$with('useless').as(
      db
        .select({ id })
        .from(table)
        .where(and(where, lt(column, before)))
        .orderBy(column)
        .limit(p.limit as never)
        .for('update', { skipLocked: true }),
    )
    return db
      .with(useless)
      .delete(table)
      .where(inArray(id, db.select({ id: useless.id }).from(useless)))
      .returning({ id })
  })
  return async (db: Database, limit: number) => (await remove(db, { limit })).length
}

const purgeAudit = statement(
  { name: 'purge_audit_events', kind: 'write', params: { olderThanDays: 'int', limit: 'int' } },
  (db, p) =>
    db
      .select({
        removed: sql<number>`${sql.identifier(OWN_SCHEMA)}.purge_audit_events(${p.olderThanDays}, ${p.limit})::int`,
      })
      .from(sql`(values (1)) as one`),
)

/** Deletes up to `limit` old events. The role that serves may not; a function of the trail's owner does, and only old ones. */
async function purgeAuditEvents(
  db: Database,
  limit: number,
  { audit: { retentionDays: olderThanDays } }: { audit: AuditSettings },
): Promise<number> {
  if (olderThanDays === 0) return 0
  const [row] = await purgeAudit(db, { olderThanDays, limit })
  return row?.removed ?? 0
}

/** What cleanup deletes, by the name under which the log counts it. */
export const PURGES = {
  sessions: purge('purge_sessions', {
    table: sessions,
    id: sessions.id,
    column: sessions.purgeOn,
    before: dayOf(sql`now()`),
  }),
  // A mail that is still to be sent renews its token, so that an expired one is not useless at once.
  one_time_tokens: purge('purge_one_time_tokens', {
    table: oneTimeTokens,
    id: oneTimeTokens.id,
    column: oneTimeTokens.expiresAt,
    before: daysAgo(2),
  }),
  invitations: purge('purge_invitations', {
    table: invitations,
    id: invitations.id,
    column: invitations.expiresAt,
    before: sql`now()`,
  }),
  kept_mails: purge('purge_kept_mails', {
    table: outbox,
    id: outbox.id,
    column: outbox.sentAt,
    before: daysAgo(7),
  }),
  // Nobody sends these, because the mailer was taken out of the configuration.
  forgotten_mails: purge('purge_forgotten_mails', {
    table: outbox,
    id: outbox.id,
    column: outbox.dueAt,
    before: daysAgo(2),
    where: isNull(outbox.sentAt),
  }),
  spent_tokens: purge('purge_spent_tokens', {
    table: spentTokens,
    id: spentTokens.jti,
    column: spentTokens.expiresAt,
    before: daysAgo(1),
  }),
  limits: purge('purge_rate_limits', {
    table: rateLimits,
    id: rateLimits.key,
    column: rateLimits.purgeOn,
    before: dayOf(sql`now()`),
  }),
  audit_events: purgeAuditEvents,
}
