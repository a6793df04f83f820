import { and, asc, eq, inArray, isNull, lte, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal, secondsFromNow } from '../../database/params.ts'
import { statement } from '../../database/statement.ts'
import { oneTimeTokens, outbox } from '../../models/index.ts'
import { PURPOSES, type Purpose } from '../one-time-tokens/purposes.ts'
import { expiry } from '../one-time-tokens/steps.ts'
import { type DueMail, MAILS, type MailData, type MailName } from './mails.ts'
import { mailColumns } from './steps.ts'

/** A mail that this sender alone sends now. It is due again for others if nothing is heard of it. */
export type ClaimedMail = {
  id: string
  /**
   * Undefined for a mail that must not be sent: it is for nobody, or its token works no longer. `UNKNOWN` for one that a
   * newer version enqueued, which is left for that.
   */
  due: DueMail | typeof UNKNOWN | undefined
  attempts: number
  ageSeconds: number
}

export const UNKNOWN = 'unknown'

/** So many mails are with the provider at once. */
export const CLAIMED_AT_ONCE = 10

const claim = statement(
  { name: 'claim_mails', kind: 'write', params: { leaseSeconds: 'int' } },
  (db, p) => {
    const due = db.$with('due').as(
      db
        .select({ id: outbox.id, tokenId: outbox.tokenId })
        .from(outbox)
        .where(and(isNull(outbox.sentAt), lte(outbox.dueAt, sql`now()`)))
        .orderBy(asc(outbox.dueAt))
        // A constant, so that every plan knows how few there are.
        .limit(literal(CLAIMED_AT_ONCE) as never)
        .for('update', { skipLocked: true }),
    )
    // The time in the mailbox counts, not that before a provider took the mail.
    const renewed = db.$with('renewed').as(
      db
        .update(oneTimeTokens)
        .set({ expiresAt: expiryByPurpose() })
        .where(inArray(oneTimeTokens.id, db.select({ id: due.tokenId }).from(due) as never))
        .returning({ id: oneTimeTokens.id }),
    )
    return db
      .with(due, renewed)
      .update(outbox)
      .set({ attempts: sql`${outbox.attempts} + 1`, dueAt: secondsFromNow(p.leaseSeconds) })
      .where(inArray(outbox.id, db.select({ id: due.id }).from(due)))
      .returning({
        ...mailColumns(),
        isTokenLive:
          sql<boolean>`exists (select from ${renewed} where ${renewed.id} = ${outbox.tokenId})`.as(
            'is_token_live',
          ),
        attempts: outbox.attempts,
        ageSeconds: sql<number>`extract(epoch from now() - ${outbox.createdAt})::int`.as(
          'age_seconds',
        ),
      })
  },
)

const selectNextDue = statement({ name: 'select_next_due', kind: 'read', params: {} }, (db) =>
  db
    .select({
      // A row that is due and not to be had is in the hands of another sender, who needs a moment.
      seconds: sql<number>`greatest(1, ceil(extract(epoch from ${outbox.dueAt} - now())))::int`.as(
        'seconds',
      ),
    })
    .from(outbox)
    .where(isNull(outbox.sentAt))
    .orderBy(asc(outbox.dueAt))
    .limit(literal(1) as never),
)

/**
 * Returns after how many seconds the next mail is due, whoever claimed or postponed it, or undefined if none waits. One
 * claimed by a process that has died is due again when its lease is over.
 */
export async function secondsUntilDue(db: Database): Promise<number | undefined> {
  const [next] = await selectNextDue(db, {})
  return next?.seconds
}

function expiryByPurpose(): SQL {
  const purposes = Object.keys(PURPOSES) as Purpose[]
  const cases = purposes.map(
    (purpose) => sql`when ${eq(oneTimeTokens.purpose, literal(purpose))} then ${expiry(purpose)}`,
  )
  // Newer versions have other purposes, and one null would keep all mails from being claimed.
  return sql`case ${sql.join(cases, sql` `)} else ${oneTimeTokens.expiresAt} end`
}

/** Claims up to `CLAIMED_AT_ONCE` due mails for so many seconds, the longest due first. Other senders skip them. */
export async function claimMails(
  db: Database,
  values: { leaseSeconds: number },
): Promise<ClaimedMail[]> {
  const rows = await claim(db, values)
  return rows.map(({ id, attempts, ageSeconds, isTokenLive, ...row }) => {
    const isWanted = row.mail !== null && (row.tokenId === null || isTokenLive)
    const due = isWanted ? (dueMail({ id, ...row }) ?? UNKNOWN) : undefined
    return { id, attempts, ageSeconds, due }
  })
}

type Row = {
  id: string
  mail: string | null
  recipient: string
  language: string
  data: string
  userId: string | null
  tokenId: string | null
  createdAt: Date
}

/** Reads a row of the outbox. Returns undefined for a mail to nobody, and for one that this version does not know. */
export function dueMail(row: Row): DueMail | undefined {
  const name = row.mail
  if (name === null || !isKnown(name)) return undefined
  const purpose = MAILS[name]
  const { id, recipient, language, userId, tokenId, createdAt } = row
  return {
    ...{ id, name, recipient, createdAt },
    language: language as DueMail['language'],
    data: JSON.parse(row.data) as MailData,
    token: purpose && userId && tokenId ? { id: tokenId, userId, purpose } : null,
  }
}

function isKnown(name: string): name is MailName {
  return Object.hasOwn(MAILS, name)
}
