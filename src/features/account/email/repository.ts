import { and, eq, ne, notExists, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { addressIsKept } from '../../../core/accounts/predicates.ts'
import { maskedEmail } from '../../../core/audit/record-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { LIMIT_PARAMS, refusedColumns, tryCounted } from '../../../core/limits/steps.ts'
import { tokenIssued } from '../../../core/one-time-tokens/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'
import { callerFound } from '../../../core/sessions/steps.ts'
import { users } from '../../../models/index.ts'

const others = alias(users, 'others')

/**
 * Mails a link to a new address, which becomes the caller's when it is confirmed. An earlier request is superseded. If
 * another account has the address, that account gets a mail instead, and nothing else tells.
 */
export const mailEmailChange = stateChange({
  name: 'mail_email_change',
  params: {
    sessionId: 'uuid',
    userId: 'uuid',
    tokenId: 'uuid',
    newEmail: 'text',
    newEmailKey: 'text',
    ...MAIL_PARAMS,
    ...LIMIT_PARAMS,
  },
  change(db, p) {
    const { steps: counting, refused, passed } = tryCounted(db, p)
    const caller = callerFound(db, p)
    const owner = db.$with('owner').as(
      db
        .select({ id: others.id, username: others.username, email: others.email })
        .from(others)
        .where(and(eq(others.emailKey, p.newEmailKey), ne(others.id, p.userId), passed)),
    )
    const asked = db.$with('asked_for').as(
      db
        .select({
          id: users.id,
          username: users.username,
          email: sql<string>`${p.newEmail}`.as('new_email'),
          emailKey: sql<string>`${p.newEmailKey}`.as('new_email_key'),
          epoch: sql<string>`${users.sessionEpoch}::text`.as('epoch'),
        })
        .from(caller)
        .innerJoin(users, eq(users.id, caller.userId))
        .where(
          and(
            passed,
            notExists(db.select({ id: owner.id }).from(owner)),
            sql`not ${addressIsKept(db, p.newEmailKey, users.id)}`,
          ),
        ),
    )
    // Whatever ends sessions also voids it, even if the two do not see each other.
    const issued = tokenIssued(db, asked, {
      purpose: 'confirm_email',
      tokenId: p.tokenId,
      slot: asked.epoch,
    })
    // Whether the address is free or not: the trail of the caller must not tell.
    const heard = db
      .$with('heard')
      .as(db.select({ userId: caller.userId }).from(caller).where(passed))
    const enqueued = mailEnqueued(db, caller, p, {
      besides: [asked, issued, owner],
      // Null, too, where the try was refused.
      mail: sql`case when ${issued.id} is not null then 'confirm_email' when ${owner.id} is not null then 'address_in_use' end`,
      recipient: sql`coalesce(${asked.email}, ${owner.email}, '')`,
      data: { username: sql`coalesce(${asked.username}, ${owner.username})` },
      userId: caller.userId,
      tokenId: issued.id,
    })
    return {
      steps: [...counting, caller, owner, asked, issued, heard, enqueued],
      records: {
        event: 'email_change_requested',
        of: heard,
        subject: heard.userId,
        session: p.sessionId,
        details: { new_email: maskedEmail(p.newEmail) },
      },
      answers: {
        from: [caller, refused],
        columns: { callerId: caller.userId, ...refusedColumns(refused) },
      },
    }
  },
})
