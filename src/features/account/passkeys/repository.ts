import { and, count, eq, isNotNull, sql } from 'drizzle-orm'
import { isUnchanged } from '../../../core/access/change-steps.ts'
import { hasCredential } from '../../../core/accounts/predicates.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import {
  codesDeleted,
  factorAdded,
  factorRemoved,
  recoveryCodesReplaced,
} from '../../../core/factors/count-steps.ts'
import { SPEND_PARAMS, tokensSpent } from '../../../core/factors/use-steps.ts'
import { noticeCounted } from '../../../core/limits/notice-steps.ts'
import { LIMIT_PARAMS } from '../../../core/limits/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'
import { isCaller } from '../../../core/sessions/predicates.ts'
import { RAISE_PARAMS, sessionRaised } from '../../../core/sessions/raise-steps.ts'
import { callerFound, callerHeld } from '../../../core/sessions/steps.ts'
import { subjectAnswer } from '../../../core/sessions/subject.ts'
import { instant } from '../../../database/instants.ts'
import { literal } from '../../../database/params.ts'
import { read } from '../../../database/read.ts'
import { passkeys, sessions, totpFactors, users } from '../../../models/index.ts'

const MAX_PASSKEYS = 20

const TOLD = { ip: 'text?', userAgent: 'text?', ...MAIL_PARAMS, ...LIMIT_PARAMS } as const

/** What a passkey of the caller is made for: the user's handle, and one row for each passkey that there is. */
export const selectRegistering = read({
  name: 'select_registering',
  params: { sessionId: 'uuid', userId: 'uuid' },
  find: (db, p) =>
    db
      .select({
        id: users.id,
        userHandle: users.webauthnUserHandle,
        credentialId: passkeys.credentialId,
        transports: sql<string | null>`array_to_string(${passkeys.transports}, ' ')`.as(
          'transports_text',
        ),
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .leftJoin(passkeys, eq(passkeys.userId, users.id))
      .where(isCaller(p, 0)),
})

/**
 * Stores a passkey of the caller, spends its challenge, and raises the session by it; with the first factor of a user all
 * other sessions end, and there are recovery codes. Fails where anybody has the credential already.
 */
export const storePasskey = stateChange({
  name: 'store_passkey',
  params: {
    ...RAISE_PARAMS,
    ...{ passkeyId: 'uuid', credentialId: 'text', publicKey: 'text', counter: 'text' },
    ...{ isBackupEligible: 'boolean', isBackedUp: 'boolean' },
    /** By spaces. */
    transports: 'text',
    name: 'text',
    userHandle: 'text',
    /** By spaces. They are stored with the first factor alone. */
    codeMacs: 'text',
    ...SPEND_PARAMS,
    ...TOLD,
  },
  change(db, p) {
    const caller = callerHeld(db, p)
    const { spent, isSpent } = tokensSpent(db, p)
    const hasTotp = db
      .select({ userId: totpFactors.userId })
      .from(totpFactors)
      .where(and(eq(totpFactors.userId, users.id), isNotNull(totpFactors.confirmedAt)))
    // By the count of the row, which passkeys have moved that the statement does not see.
    const isRoom = sql`${users.factorCount} - case when exists ${hasTotp} then 1 else 0 end < ${literal(MAX_PASSKEYS)}`
    const handle = sql<string>`coalesce(${users.webauthnUserHandle}, ${p.userHandle})`
    const added = factorAdded(db, caller, p, {
      set: { webauthnUserHandle: handle },
      when: and(isSpent, isRoom, eq(handle, p.userHandle)),
    })
    const registered = db.$with('registered').as(
      db
        .insert(passkeys)
        .select(
          db
            .select({
              id: p.passkeyId.as('id'),
              userId: added.id,
              credentialId: p.credentialId.as('credential_id'),
              publicKey: p.publicKey.as('public_key'),
              counter: sql<number>`${p.counter}::bigint`.as('counter'),
              isBackupEligible: p.isBackupEligible.as('is_backup_eligible'),
              isBackedUp: p.isBackedUp.as('is_backed_up'),
              transports: sql`string_to_array(${p.transports}, ' ')`.as('transports'),
              name: p.name.as('name'),
              createdAt: sql`now()`.as('created_at'),
              lastUsedAt: sql`null::timestamptz`.as('last_used_at'),
              suspendedAt: sql`null::timestamptz`.as('suspended_at'),
            })
            .from(added),
        )
        .returning({
          ...{ id: passkeys.id, userId: passkeys.userId },
          ...{ createdAt: passkeys.createdAt, isBackupEligible: passkeys.isBackupEligible },
        }),
    )
    const codes = recoveryCodesReplaced(db, added, {
      codeMacs: p.codeMacs,
      when: sql`${added.isFirst}`,
    })
    const raised = sessionRaised(db, p, registered)
    const state = db.$with('state').as(
      db
        .select({
          isSpent: isSpent.as('is_spent'),
          isFull:
            sql<boolean>`(select ${count()} from ${passkeys} where ${eq(passkeys.userId, caller.userId)}) >= ${literal(MAX_PASSKEYS)}`.as(
              'is_full',
            ),
        })
        .from(caller),
    )
    const { steps: counting, noticed } = noticeCounted(db, p, added)
    const enqueued = mailEnqueued(db, noticed, p, {
      mail: 'passkey_added',
      recipient: noticed.email,
      data: { username: noticed.username, passkey: p.name, ip: p.ip, user_agent: p.userAgent },
      userId: noticed.id,
    })
    return {
      steps: [
        ...[caller, spent, added, registered, ...codes.steps, raised, state],
        ...[...counting, enqueued],
      ],
      records: {
        event: 'passkey_registered',
        of: registered,
        subject: registered.userId,
        session: p.sessionId,
        details: { passkey: registered.id, synced: registered.isBackupEligible },
      },
      answers: {
        from: [state, added, registered, raised],
        columns: {
          ...{ isSpent: state.isSpent, isFull: state.isFull, isFirst: added.isFirst },
          createdAt: instant(registered.createdAt),
          ...subjectAnswer(raised),
        },
      },
    }
  },
})

/** Gives a passkey of the caller another name. */
export const renamePasskey = stateChange({
  name: 'rename_passkey',
  params: { sessionId: 'uuid', userId: 'uuid', passkeyId: 'uuid', name: 'text' },
  change(db, p) {
    const caller = callerFound(db, p)
    const renamed = db.$with('renamed').as(
      db
        .update(passkeys)
        .set({ name: sql`${p.name}` })
        .from(caller)
        .where(and(eq(passkeys.id, p.passkeyId), eq(passkeys.userId, caller.userId)))
        .returning({ id: passkeys.id, userId: passkeys.userId }),
    )
    return {
      steps: [caller, renamed],
      records: {
        event: 'passkey_renamed',
        of: renamed,
        subject: renamed.userId,
        session: p.sessionId,
        details: { passkey: renamed.id },
      },
      answers: {
        from: [caller, renamed],
        columns: { callerId: caller.userId, renamedId: renamed.id },
      },
    }
  },
})

/**
 * Removes a passkey of the caller, with the recovery codes if it was the last factor, unless nothing would be left to log in
 * by. What else takes a credential away moves the user's version too: where that happened after the statement began, nothing
 * happens, and another attempt decides anew.
 */
export const removePasskey = stateChange({
  name: 'remove_passkey',
  params: { sessionId: 'uuid', userId: 'uuid', passkeyId: 'uuid', providers: 'text', ...TOLD },
  change(db, p) {
    const caller = callerHeld(db, p)
    const listed = db.$with('listed').as(
      db
        .select({
          userId: sql<string>`${caller.userId}`.as('listed_user_id'),
          passkeyId: passkeys.id,
          // A suspended one logs in nobody.
          isSpare:
            sql<boolean>`(${isNotNull(passkeys.suspendedAt)} or ${hasCredential(caller.userId, p)})`.as(
              'is_spare',
            ),
        })
        .from(caller)
        .innerJoin(passkeys, eq(passkeys.userId, caller.userId))
        .where(eq(passkeys.id, p.passkeyId)),
    )
    const unchanged = db.$with('unchanged').as(
      db
        .select({ id: users.id })
        .from(users)
        .innerJoin(listed, eq(users.id, listed.userId))
        .where(and(sql`${listed.isSpare}`, isUnchanged()))
        .for('no key update'),
    )
    const deleted = db.$with('deleted').as(
      db
        .delete(passkeys)
        .where(
          and(
            eq(passkeys.id, p.passkeyId),
            sql`${passkeys.userId} = (select ${unchanged.id} from ${unchanged})`,
          ),
        )
        .returning({ id: passkeys.id, userId: passkeys.userId, name: passkeys.name }),
    )
    const removed = factorRemoved(db, deleted)
    const codes = codesDeleted(db, removed, sql`${removed.isLast}`)
    const { steps: counting, noticed } = noticeCounted(db, p, removed)
    const enqueued = mailEnqueued(db, noticed, p, {
      besides: [deleted],
      mail: 'passkey_removed',
      recipient: noticed.email,
      data: {
        ...{ username: noticed.username, passkey: deleted.name },
        ...{ ip: p.ip, user_agent: p.userAgent },
      },
      userId: noticed.id,
    })
    return {
      steps: [caller, listed, unchanged, deleted, removed, codes, ...counting, enqueued],
      records: {
        event: 'passkey_removed',
        of: deleted,
        subject: deleted.userId,
        session: p.sessionId,
        details: { passkey: deleted.id },
      },
      answers: {
        from: [caller, listed, deleted],
        columns: {
          ...{ callerId: caller.userId, removedId: deleted.id },
          ...{ listedId: listed.passkeyId, isSpare: listed.isSpare },
        },
      },
    }
  },
})
