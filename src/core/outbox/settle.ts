import { eq, sql } from 'drizzle-orm'
import { secondsFromNow } from '../../database/params.ts'
import { statement } from '../../database/statement.ts'
import { outbox } from '../../models/index.ts'
import { stateChange } from '../audit/state-change.ts'

/** Removes mails that were sent, or that must not be. */
export const removeMails = statement(
  { name: 'remove_mails', kind: 'write', params: { ids: 'uuid[]' } },
  (db, p) => {
    const ids = sql`any (${p.ids})`
    const removed = db
      .$with('removed')
      .as(db.delete(outbox).where(sql`${outbox.id} = ${ids}`).returning({ id: outbox.id }))
    return db.with(removed).select({ id: removed.id }).from(removed)
  },
)

/** Keeps a mail that was sent, for the mailbox of development. */
export const keepMail = statement(
  { name: 'keep_mail', kind: 'write', params: { id: 'uuid' } },
  (db, p) => {
    const kept = db
      .$with('kept')
      .as(
        db
          .update(outbox)
          .set({ sentAt: sql`now()` })
          .where(eq(outbox.id, p.id))
          .returning({ id: outbox.id }),
      )
    return db.with(kept).select({ id: kept.id }).from(kept)
  },
)

/** Makes a mail that was not sent due again after so many seconds. */
export const postponeMail = statement(
  { name: 'postpone_mail', kind: 'write', params: { id: 'uuid', seconds: 'int' } },
  (db, p) => {
    const postponed = db.$with('postponed').as(
      db
        .update(outbox)
        .set({ dueAt: secondsFromNow(p.seconds) })
        .where(eq(outbox.id, p.id))
        .returning({ id: outbox.id }),
    )
    return db.with(postponed).select({ id: postponed.id }).from(postponed)
  },
)

/** Removes a mail that no provider took in time. */
export const giveUpMail = stateChange({
  name: 'give_up_mail',
  params: { id: 'uuid' },
  change(db, p) {
    const givenUp = db
      .$with('given_up')
      .as(
        db
          .delete(outbox)
          .where(eq(outbox.id, p.id))
          .returning({ id: outbox.id, mail: outbox.mail, userId: outbox.userId }),
      )
    return {
      steps: [givenUp],
      records: {
        event: 'mail_given_up',
        of: givenUp,
        subject: givenUp.userId,
        actor: null,
        details: { mail: givenUp.mail },
      },
      answers: { from: [givenUp], columns: { givenUpId: givenUp.id } },
    }
  },
})
