import { eq, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import type { Placeholders } from '../../database/params.ts'
import { users } from '../../models/index.ts'
import type { Recorded } from '../audit/record-steps.ts'
import type { Step } from '../audit/state-change.ts'
import { type MAIL_PARAMS, mailEnqueued } from '../outbox/steps.ts'

/**
 * Mails the owner that a step has used up a recovery code, and records it. No limit leaves the mail out, for there are ten
 * codes, and whoever fills the mailbox before would hide the one that matters.
 */
export function recoveryUseTold(
  db: Database,
  used: Step & { userId: SQLWrapper },
  p: Placeholders<typeof MAIL_PARAMS> & { ip: SQL; userAgent: SQL; sessionId: SQL },
): { steps: readonly Step[]; records: Recorded } {
  const told = db
    .$with('told')
    .as(
      db
        .select({ id: users.id, username: users.username, email: users.email })
        .from(used)
        .innerJoin(users, eq(users.id, used.userId)),
    )
  const enqueued = mailEnqueued(db, told, p, {
    mail: 'recovery_code_used',
    recipient: told.email,
    data: { username: told.username, ip: p.ip, user_agent: p.userAgent },
    userId: told.id,
  })
  const records = {
    event: 'recovery_code_used',
    of: told,
    subject: told.id,
    session: p.sessionId,
  } as const
  return { steps: [told, enqueued], records }
}
