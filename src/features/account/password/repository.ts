import { eq } from 'drizzle-orm'
import { type Step, stateChange } from '../../../core/audit/state-change.ts'
import { noticeCounted } from '../../../core/limits/notice-steps.ts'
import { LIMIT_PARAMS } from '../../../core/limits/steps.ts'
import { tokensVoided } from '../../../core/one-time-tokens/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'
import { firstPasswordSet, hashReplaced } from '../../../core/passwords/steps.ts'
import { cookieRenewed } from '../../../core/sessions/cookie-steps.ts'
import { epochMoved } from '../../../core/sessions/steps.ts'
import { subjectAnswer } from '../../../core/sessions/subject.ts'
import type { Database } from '../../../database/index.ts'
import type { Placeholders } from '../../../database/params.ts'
import { users } from '../../../models/index.ts'

const PARAMS = {
  sessionId: 'uuid',
  userId: 'uuid',
  newHash: 'text',
  issuedAt: 'timestamptz',
  ip: 'text?',
  userAgent: 'text?',
  ...MAIL_PARAMS,
  ...LIMIT_PARAMS,
} as const

type Replaced = ReturnType<typeof hashReplaced>

/** What comes with a new password, if the step that sets it does so. */
function changing(
  db: Database,
  p: Placeholders<typeof PARAMS>,
  { moved, replaced }: { moved: Step; replaced: Replaced },
) {
  const owner = db
    .$with('owner')
    .as(
      db
        .select({ id: users.id, username: users.username, email: users.email })
        .from(replaced)
        .innerJoin(users, eq(users.id, replaced.userId)),
    )
  const voided = tokensVoided(db, owner)
  const { steps: counting, noticed } = noticeCounted(db, p, owner)
  const enqueued = mailEnqueued(db, noticed, p, {
    mail: 'password_changed',
    recipient: noticed.email,
    data: { username: noticed.username, ip: p.ip, user_agent: p.userAgent },
    userId: noticed.id,
  })
  const renewed = cookieRenewed(db, p, replaced)
  return {
    steps: [moved, replaced, owner, voided, ...counting, enqueued, renewed],
    records: {
      event: 'password_changed',
      of: replaced,
      subject: replaced.userId,
      session: p.sessionId,
    },
    answers: {
      from: [replaced, renewed],
      columns: { replacedOf: replaced.userId, ...subjectAnswer(renewed) },
    },
  } as const
}

/**
 * Replaces the hash that was checked, voids the user's pending tokens and ends all sessions but the caller's, in one
 * statement. Does nothing if the caller's session has ended meanwhile. If the stored hash has changed meanwhile, only the
 * other sessions end.
 */
export const replacePassword = stateChange({
  name: 'replace_password',
  params: { ...PARAMS, oldHash: 'text' },
  change(db, p) {
    const moved = epochMoved(db, { ...p, keptId: p.sessionId })
    return changing(db, p, { moved, replaced: hashReplaced(db, moved, p) })
  },
})

/** Does the same for a user who has no password. Only the other sessions end where one was set meanwhile. */
export const setFirstPassword = stateChange({
  name: 'set_first_password',
  params: PARAMS,
  change(db, p) {
    const moved = epochMoved(db, { ...p, keptId: p.sessionId })
    return changing(db, p, { moved, replaced: firstPasswordSet(db, moved, p.newHash) as never })
  },
})
