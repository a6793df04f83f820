import { and, eq, gt, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import { stateChange } from '../../../core/audit/state-change.ts'
import {
  codesDeleted,
  factorAdded,
  factorRemoved,
  recoveryCodesReplaced,
} from '../../../core/factors/count-steps.ts'
import { countedRead } from '../../../core/limits/counted-read.ts'
import { noticeCounted } from '../../../core/limits/notice-steps.ts'
import { LIMIT_PARAMS } from '../../../core/limits/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'
import { isCaller } from '../../../core/sessions/predicates.ts'
import { RAISE_PARAMS, sessionRaised } from '../../../core/sessions/raise-steps.ts'
import { callerFound, callerHeld } from '../../../core/sessions/steps.ts'
import { subjectAnswer } from '../../../core/sessions/subject.ts'
import { sessions, totpFactors, users } from '../../../models/index.ts'

/** An enrolment that was left lying is begun anew, by whoever has just proven to be the user. */
const isFresh = gt(totpFactors.createdAt, sql`now() - interval '1 hour'`)

/**
 * Keeps a secret that no code has confirmed, in place of any other such. Until then it is no factor, and nothing that the
 * audit trail tells of has happened.
 */
export const keepPendingTotp = stateChange({
  name: 'keep_pending_totp',
  params: { sessionId: 'uuid', userId: 'uuid', sealedSecret: 'text' },
  change(db, p) {
    const caller = callerHeld(db, p)
    const kept = db.$with('kept').as(
      db
        .insert(totpFactors)
        .select(
          db
            .select({
              userId: caller.userId,
              sealedSecret: p.sealedSecret.as('sealed_secret'),
              lastStep: sql`0`.as('last_step'),
              createdAt: sql`now()`.as('created_at'),
              confirmedAt: sql`null::timestamptz`.as('confirmed_at'),
            })
            .from(caller),
        )
        .onConflictDoUpdate({
          target: totpFactors.userId,
          set: {
            sealedSecret: sql`excluded.sealed_secret`,
            lastStep: sql`0`,
            createdAt: sql`now()`,
          },
          setWhere: isNull(totpFactors.confirmedAt),
        })
        .returning({ userId: totpFactors.userId }),
    )
    return {
      steps: [caller, kept],
      records: [],
      answers: { from: [caller, kept], columns: { caller: caller.userId, kept: kept.userId } },
    }
  },
})

/** Counts a code that shall confirm, and selects the caller's enrolment. */
export const countConfirmation = countedRead({
  name: 'count_totp_confirmation',
  params: { sessionId: 'uuid', userId: 'uuid' },
  find: (db, p) =>
    db
      .select({
        usernameKey: users.usernameKey,
        sealedSecret: totpFactors.sealedSecret,
        lastStep: totpFactors.lastStep,
        isConfirmed: sql<boolean>`${totpFactors.confirmedAt} is not null`.as('is_confirmed'),
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .leftJoin(
        totpFactors,
        and(
          eq(totpFactors.userId, users.id),
          sql`(${totpFactors.confirmedAt} is not null or ${isFresh})`,
        ),
      )
      .where(isCaller(p, 0)),
})

/**
 * Makes the secret that a code was judged by the caller's factor, and raises the session by it; with the first factor of a
 * user all other sessions end, and there are recovery codes. The accepted code does not work again.
 */
export const confirmTotp = stateChange({
  name: 'confirm_totp',
  params: {
    ...RAISE_PARAMS,
    sealedSecret: 'text',
    totpStep: 'int',
    /** By spaces. They are stored with the first factor alone. */
    codeMacs: 'text',
    ip: 'text?',
    userAgent: 'text?',
    ...MAIL_PARAMS,
    ...LIMIT_PARAMS,
  },
  change(db, p) {
    const caller = callerHeld(db, p)
    const confirmed = db.$with('confirmed').as(
      db
        .update(totpFactors)
        .set({ confirmedAt: sql`now()`, lastStep: sql`${p.totpStep}` })
        .from(caller)
        .where(
          and(
            eq(totpFactors.userId, caller.userId),
            isNull(totpFactors.confirmedAt),
            eq(totpFactors.sealedSecret, p.sealedSecret),
            lt(totpFactors.lastStep, p.totpStep),
            isFresh,
          ),
        )
        .returning({ userId: totpFactors.userId }),
    )
    const added = factorAdded(db, confirmed, p)
    const codes = recoveryCodesReplaced(db, added, {
      codeMacs: p.codeMacs,
      when: sql`${added.isFirst}`,
    })
    const raised = sessionRaised(db, p, confirmed)
    const { steps: counting, noticed } = noticeCounted(db, p, added)
    const enqueued = mailEnqueued(db, noticed, p, {
      mail: 'totp_added',
      recipient: noticed.email,
      data: { username: noticed.username, ip: p.ip, user_agent: p.userAgent },
      userId: noticed.id,
    })
    return {
      steps: [caller, confirmed, added, ...codes.steps, raised, ...counting, enqueued],
      records: { event: 'totp_enrolled', of: added, subject: added.id, session: p.sessionId },
      answers: {
        from: [added, raised],
        columns: { ...subjectAnswer(raised), isFirst: added.isFirst },
      },
    }
  },
})

/** Removes the caller's authenticator app, with the recovery codes if it was the last factor. */
export const removeTotp = stateChange({
  name: 'remove_totp',
  params: {
    sessionId: 'uuid',
    userId: 'uuid',
    ip: 'text?',
    userAgent: 'text?',
    ...MAIL_PARAMS,
    ...LIMIT_PARAMS,
  },
  change(db, p) {
    const caller = callerFound(db, p)
    const deleted = db.$with('deleted').as(
      db
        .delete(totpFactors)
        .where(
          and(
            inArray(totpFactors.userId, db.select({ userId: caller.userId }).from(caller)),
            isNotNull(totpFactors.confirmedAt),
          ),
        )
        .returning({ userId: totpFactors.userId }),
    )
    const removed = factorRemoved(db, deleted)
    const codes = codesDeleted(db, removed, sql`${removed.isLast}`)
    const { steps: counting, noticed } = noticeCounted(db, p, removed)
    const enqueued = mailEnqueued(db, noticed, p, {
      mail: 'totp_removed',
      recipient: noticed.email,
      data: { username: noticed.username, ip: p.ip, user_agent: p.userAgent },
      userId: noticed.id,
    })
    return {
      steps: [caller, deleted, removed, codes, ...counting, enqueued],
      records: { event: 'totp_removed', of: removed, subject: removed.id, session: p.sessionId },
      answers: { from: [removed], columns: { userId: removed.id } },
    }
  },
})
