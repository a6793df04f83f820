import { and, eq, isNull, notExists, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal, type Placeholders } from '../../database/params.ts'
import { users } from '../../models/index.ts'
import { LIMIT_PARAMS, refusedColumns, tryCounted } from '../limits/steps.ts'
import { tokenIssued } from '../one-time-tokens/steps.ts'
import { decoyEnqueued, MAIL_PARAMS, mailEnqueued } from '../outbox/steps.ts'

/** The parameters for a link or code that somebody asks for by an address alone. */
export const MAILED_PARAMS = {
  tokenId: 'uuid',
  emailKey: 'text',
  ...MAIL_PARAMS,
  ...LIMIT_PARAMS,
} as const

/**
 * Counts the request, and sends a link or code to the account of an address, if there is one that may have it. As much is written
 * in any case, so that the time of the answer does not tell: a mail to nobody is dropped when the outbox is looked into.
 */
export function linkMailed(
  db: Database,
  p: Placeholders<typeof MAILED_PARAMS>,
  { mail, unless }: { mail: 'verify_email' | 'reset_password' | 'login_code'; unless?: SQL },
) {
  const { steps: counting, refused, passed } = tryCounted(db, p)
  const owner = db.$with('owner').as(
    db
      .select({
        id: users.id,
        username: users.username,
        email: users.email,
        emailKey: users.emailKey,
      })
      .from(users)
      .where(
        and(
          eq(users.emailKey, p.emailKey),
          isNull(users.disabledAt),
          passed,
          unless && sql`not (${unless})`,
        ),
      ),
  )
  const { tokenId } = p
  // Each code is for whoever asked for it, so that nobody's request voids that of another.
  const slot = mail === 'login_code' ? { slot: sql`${tokenId}::text` } : {}
  const issued = tokenIssued(db, owner, { purpose: mail, tokenId, ...slot })
  const always = db.$with('always').as(
    db
      .select({ one: sql`1`.as('one') })
      .from(sql`(values (1)) as one_row`)
      .where(passed),
  )
  const enqueued = mailEnqueued(db, always, p, {
    besides: [owner, issued],
    mail: sql`case when ${issued.id} is not null then ${literal(mail)} end`,
    recipient: sql`coalesce(${owner.email}, '')`,
    data: { username: owner.username },
    userId: owner.id,
    tokenId: issued.id,
  })
  // Two rows cost as much as a token, which has more indexes.
  const unmatched = db.$with('unmatched').as(
    db
      .select({ id: sql`gen_random_uuid()`.as('decoy_id') })
      .from(sql`${always} cross join (values (1), (2)) as two`)
      .where(notExists(db.select({ id: issued.id }).from(issued))),
  )
  const balanced = decoyEnqueued(db, unmatched, p)
  return {
    steps: [...counting, owner, issued, always, enqueued, unmatched, balanced],
    /** Recorded for an unknown address, too: an event must cost as much as none. Anybody may ask. */
    heard: { of: always, subject: sql`(select ${issued.userId} from ${issued})`, actor: null },
    answers: { from: [refused], columns: refusedColumns(refused) },
  }
}
