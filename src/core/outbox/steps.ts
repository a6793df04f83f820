import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { instant } from '../../database/instants.ts'
import { literal, type Placeholders } from '../../database/params.ts'
import { outbox } from '../../models/index.ts'
import type { Step } from '../audit/state-change.ts'
import type { MailData, MailName } from './mails.ts'

/** The parameters of a statement that enqueues a mail. With no id, as where there is no mailer, there is no mail. */
export const MAIL_PARAMS = { mailId: 'uuid?', language: 'text' } as const

/** The columns that a mail is made of. `dueMail` reads them. */
export const mailColumns = () => ({
  id: outbox.id,
  mail: outbox.mail,
  recipient: outbox.recipient,
  language: outbox.language,
  data: sql<string>`${outbox.data}::text`.as('data'),
  userId: outbox.userId,
  tokenId: outbox.tokenId,
  createdAt: instant(outbox.createdAt).as('created_at'),
})

type Enqueued = {
  /** Other steps that say what is in the mail, each with one row at most. */
  besides?: readonly Step[]
  /** A constant, or an expression that is null where the mail is for nobody. */
  mail: MailName | SQL
  recipient: SQLWrapper
  data: { [Name in keyof MailData]: SQLWrapper }
  userId?: SQLWrapper
  tokenId?: SQLWrapper
}

/** Puts a mail into the outbox for each row of a step. */
export function mailEnqueued(
  db: Database,
  from: Step,
  { mailId: id, language }: Placeholders<typeof MAIL_PARAMS>,
  { besides = [], ...mail }: Enqueued,
) {
  const mails = db
    .select(row({ id, language, ...mail }))
    .from(from)
    .$dynamic()
  for (const step of besides) mails.leftJoin(step, sql`true`)
  mails.where(sql`${id} is not null`)
  return db.$with('mail_enqueued').as(db.insert(outbox).select(mails).returning({ id: outbox.id }))
}

/** Puts a mail to nobody into the outbox for each row of a step, whose id it gets. */
export function decoyEnqueued(
  db: Database,
  from: Step & { id: SQLWrapper },
  { language }: Pick<Placeholders<typeof MAIL_PARAMS>, 'language'>,
) {
  const { id } = from
  const decoy = { mail: sql`null::text`, recipient: literal(''), data: {} }
  return db.$with('decoy_enqueued').as(
    db
      .insert(outbox)
      .select(db.select(row({ id, language, ...decoy })).from(from))
      .returning({ id: outbox.id }),
  )
}

type Row = Omit<Enqueued, 'besides' | 'data'> & {
  id: SQLWrapper
  language: SQL
  data: Partial<Enqueued['data']>
}

/** All columns of the outbox, in the order of its definition. */
function row({ id, mail, recipient, language, data, userId, tokenId }: Row) {
  const none = sql`null::uuid`
  return {
    id: sql`${id}`.as('id'),
    mail: (typeof mail === 'string' ? literal(mail) : mail).as('mail'),
    recipient: sql`${recipient}`.as('recipient'),
    language: language.as('language'),
    data: jsonOf(data).as('data'),
    userId: sql`${userId ?? none}`.as('user_id'),
    tokenId: sql`${tokenId ?? none}`.as('token_id'),
    createdAt: sql`now()`.as('created_at'),
    attempts: literal(0).as('attempts'),
    dueAt: sql`now()`.as('due_at'),
    sentAt: sql`null::timestamptz`.as('sent_at'),
  }
}

function jsonOf(data: Row['data']): SQL {
  const named = Object.entries(data) as [keyof MailData, SQLWrapper][]
  const pairs = named.map(([name, value]) => sql`${literal(name)}, ${value}::text`)
  return sql`jsonb_build_object(${sql.join(pairs, sql`, `)})`
}
