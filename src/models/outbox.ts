import { sql } from 'drizzle-orm'
import { index, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core'
import { instantColumn, ownSchema } from './schema.ts'

/**
 * Mails that are not sent yet, each written by the statement that causes it. The mail itself is rendered when it is sent.
 * A row outlives its user, whose deletion it may tell of.
 */
export const outbox = ownSchema.table(
  'outbox',
  {
    /** The idempotency key for the provider. */
    id: uuid().primaryKey(),
    /** Null for nobody: it is dropped, and exists so that known and unknown addresses cost the same. */
    mail: text(),
    recipient: text().notNull(),
    language: text().notNull(),
    data: jsonb().notNull(),
    userId: uuid('user_id'),
    /** The one-time token of the mail's link, without its signature. A mail whose token is gone is dropped. */
    tokenId: uuid('token_id'),
    createdAt: instantColumn('created_at').notNull().defaultNow(),
    attempts: integer().notNull().default(0),
    /** When it is sent next. An attempt moves it before it begins, so that no other sender takes the mail too. */
    dueAt: instantColumn('due_at').notNull().defaultNow(),
    /** Set for mails that are kept after they were sent, which is for development only. */
    sentAt: instantColumn('sent_at'),
  },
  (table) => [
    index('outbox_due_at').on(table.dueAt.asc()).where(sql`${table.sentAt} is null`),
    index('outbox_sent_at').on(table.sentAt.asc()).where(sql`${table.sentAt} is not null`),
  ],
)
