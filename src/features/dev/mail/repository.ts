import { and, desc, eq, isNotNull, type SQL, sql } from 'drizzle-orm'
import { mailColumns } from '../../../core/outbox/steps.ts'
import type { Database } from '../../../database/index.ts'
import { instant } from '../../../database/instants.ts'
import { read } from '../../../database/read.ts'
import { statement } from '../../../database/statement.ts'
import { outbox } from '../../../models/index.ts'

const MOST = 100

const keptMails = (db: Database, condition: SQL | undefined) =>
  db
    .select({
      ...mailColumns(),
      sentAt: instant(sql`${outbox.sentAt}`).as('sent_at'),
    })
    .from(outbox)
    .where(and(isNotNull(outbox.sentAt), condition))

/** True for mails to an address in canonical form, and for all if it is null. */
const isTo = (addressKey: SQL) =>
  sql`(${addressKey} is null or lower(${outbox.recipient}) = ${addressKey})`

/** Selects mails that were kept when they were sent, the newest first: all, or those to one address. */
export const selectKeptMails = read({
  name: 'select_kept_mails',
  params: { addressKey: 'text?' },
  find: (db, p) =>
    keptMails(db, isTo(p.addressKey)).orderBy(desc(outbox.sentAt), desc(outbox.id)).limit(MOST),
  // Mails that are sent side by side arrive in any order.
  order: ({ createdAt, id }) => [desc(createdAt), desc(id)],
})

/** Selects one mail that was kept. */
export const selectKeptMail = read({
  name: 'select_kept_mail',
  params: { id: 'uuid' },
  find: (db, p) => keptMails(db, eq(outbox.id, p.id)),
})

/** Deletes mails that were kept, all or those to one address, and returns how many. */
export const deleteKeptMails = statement(
  { name: 'delete_kept_mails', kind: 'write', params: { addressKey: 'text?' } },
  (db, p) => {
    const isDeleted = and(isNotNull(outbox.sentAt), isTo(p.addressKey))
    const deleted = db
      .$with('deleted')
      .as(db.delete(outbox).where(isDeleted).returning({ id: outbox.id }))
    return db.with(deleted).select({ count: sql<number>`count(*)::int` }).from(deleted)
  },
)
