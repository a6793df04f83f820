import { and, eq, exists, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import {
  ADMINS_PARAMS,
  adminsHeld,
  isUnchanged,
  userChanged,
} from '../../../core/access/change-steps.ts'
import type { Permission } from '../../../core/access/permissions.ts'
import { actingColumns, actorFound, targetFound } from '../../../core/access/steps.ts'
import { maskedEmail } from '../../../core/audit/record-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { LIMIT_PARAMS, refusedColumns, tryCounted } from '../../../core/limits/steps.ts'
import { tokenIssued, tokensVoided } from '../../../core/one-time-tokens/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'
import type { Database } from '../../../database/index.ts'
import type { Placeholders } from '../../../database/params.ts'
import { users } from '../../../models/index.ts'

const PARAMS = { sessionId: 'uuid', userId: 'uuid', targetId: 'uuid' } as const

type P = Placeholders<typeof PARAMS>

/** Who acts and on whom, and what the audit trail says of it. */
function acting(db: Database, p: P, permission: Permission) {
  const actor = actorFound(db, p, permission)
  const target = targetFound(db, actor, p.targetId)
  return {
    ...{ actor, target, columns: actingColumns(actor, target) },
    by: { subject: p.targetId, actor: p.userId, session: p.sessionId },
  }
}

/**
 * Disables a user for good: sessions end, even one that a concurrent log-in is about to open, and so do the links that
 * were mailed. Enabling brings none of them back.
 */
export const disableUser = stateChange({
  name: 'disable_user',
  params: { ...PARAMS, ...ADMINS_PARAMS },
  change(db, p) {
    const { actor, target, columns, by } = acting(db, p, 'auth:users:disable')
    const { held, othersLeft } = adminsHeld(db, target, p)
    const changed = userChanged(db, target, {
      set: {
        disabledAt: sql`now()`,
        sessionEpoch: sql`${users.sessionEpoch} + 1`,
        keptSessionId: sql`null`,
      },
      when: and(sql`${target.isBelow}`, isNull(users.disabledAt), othersLeft),
    })
    return {
      steps: [actor, target, held, changed, tokensVoided(db, changed)],
      records: { event: 'user_disabled', of: changed, ...by },
      answers: {
        from: [actor, target, changed],
        columns: { ...columns, isDone: target.isDisabled, othersLeft, changedId: changed.id },
      },
    }
  },
})

/** Lets a disabled user log in again. */
export const enableUser = stateChange({
  name: 'enable_user',
  params: PARAMS,
  change(db, p) {
    const { actor, target, columns, by } = acting(db, p, 'auth:users:disable')
    const changed = userChanged(db, target, {
      set: { disabledAt: sql`null` },
      when: and(sql`${target.isBelow}`, isNotNull(users.disabledAt)),
    })
    return {
      steps: [actor, target, changed],
      records: { event: 'user_enabled', of: changed, ...by },
      answers: {
        from: [actor, target, changed],
        columns: {
          ...columns,
          isDone: sql<boolean>`not ${target.isDisabled}`,
          changedId: changed.id,
        },
      },
    }
  },
})

/** Says that the present email of a user is verified. */
export const verifyUserEmail = stateChange({
  name: 'verify_user_email',
  params: PARAMS,
  change(db, p) {
    const { actor, target, columns, by } = acting(db, p, 'auth:users:verify')
    const changed = userChanged(db, target, {
      set: { emailVerifiedAt: sql`now()` },
      when: and(
        sql`${target.isBelow}`,
        isNull(users.emailVerifiedAt),
        // It can be another one meanwhile, about which nobody said anything.
        eq(users.emailKey, target.emailKey),
      ),
    })
    return {
      steps: [actor, target, changed],
      records: { event: 'email_verified', of: changed, ...by },
      answers: {
        from: [actor, target, changed],
        columns: { ...columns, isDone: target.isVerified, changedId: changed.id },
      },
    }
  },
})

/** Mails a link to choose a new password, unless the user is disabled. */
export const mailUserReset = stateChange({
  name: 'mail_user_reset',
  params: { ...PARAMS, tokenId: 'uuid', ...MAIL_PARAMS, ...LIMIT_PARAMS },
  change(db, p) {
    const { actor, target, columns, by } = acting(db, p, 'auth:users:reset_password')
    const may = and(sql`${target.isBelow}`, sql`not ${target.isDisabled}`)
    const when = exists(db.select({ id: target.id }).from(target).where(may))
    const { steps: counting, refused, passed } = tryCounted(db, p, { when })
    const owner = db.$with('owner').as(
      db
        .select({
          id: sql<string>`${target.id}`.as('owner_id'),
          username: sql<string>`${target.username}`.as('owner_username'),
          email: sql<string>`${target.email}`.as('owner_email'),
          emailKey: sql<string>`${target.emailKey}`.as('owner_email_key'),
        })
        .from(target)
        .where(and(may, passed)),
    )
    const issued = tokenIssued(db, owner, { purpose: 'reset_password', tokenId: p.tokenId })
    const enqueued = mailEnqueued(db, owner, p, {
      besides: [issued],
      mail: 'reset_password',
      recipient: owner.email,
      data: { username: owner.username },
      userId: owner.id,
      tokenId: issued.id,
    })
    return {
      steps: [actor, target, ...counting, owner, issued, enqueued],
      records: { event: 'password_reset_requested', of: owner, ...by },
      answers: {
        from: [actor, target, refused],
        columns: { ...columns, ...refusedColumns(refused) },
      },
    }
  },
})

/** Deletes a user with all that belongs to the account, and a mail says so. Username and address are free again. */
export const removeUser = stateChange({
  name: 'remove_user',
  params: { ...PARAMS, ...ADMINS_PARAMS, ...MAIL_PARAMS },
  change(db, p) {
    const { actor, target, columns, by } = acting(db, p, 'auth:users:delete')
    const { held, othersLeft } = adminsHeld(db, target, p)
    const deleted = db.$with('deleted').as(
      db
        .delete(users)
        .where(and(eq(users.id, mayBeDeleted(target)), isUnchanged(), othersLeft))
        .returning({ id: users.id, username: users.username, email: users.email }),
    )
    const enqueued = mailEnqueued(db, deleted, p, {
      mail: 'account_deleted',
      recipient: deleted.email,
      data: { username: deleted.username },
    })
    return {
      steps: [actor, target, held, deleted, enqueued],
      records: {
        ...{ event: 'user_deleted', of: deleted, ...by },
        details: { email: maskedEmail(deleted.email) },
      },
      answers: {
        from: [actor, target, deleted],
        columns: { ...columns, othersLeft, changedId: deleted.id },
      },
    }
  },
})

function mayBeDeleted(target: ReturnType<typeof targetFound>): SQL {
  return sql`(select ${target.id} from ${target} where ${target.isBelow})`
}
