import { and, eq, inArray, isNull, ne, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal } from '../../database/params.ts'
import { credentials, identities, oneTimeTokens, users } from '../../models/index.ts'
import { isUnchanged } from '../access/change-steps.ts'
import type { Recorded } from '../audit/record-steps.ts'
import type { Step } from '../audit/state-change.ts'
import { factorRowsDeleted } from '../factors/removal-steps.ts'

/** The user, with the session epoch when the account was read, a token that outlives the others, and a new profile. */
type Claimed = Partial<Record<'displayName' | 'locale' | 'avatarUrl' | 'keptTokenId', SQL>> &
  Record<'userId' | 'epoch', SQL>

/**
 * Gives an account whose address nobody had verified to whoever has just proven to read its mail, if `when` holds. It loses what
 * somebody else may have set up before (arXiv 2205.10174): password, sessions, second factors, identities, tokens, and what
 * its maker wrote in the profile. The username stays, and what admins wrote.
 * Nothing happens if any of that but the profile was changed after the statement began.
 */
export function accountClaimed(
  db: Database,
  { userId, epoch, keptTokenId, displayName, locale, avatarUrl }: Claimed,
  when: SQL | undefined,
) {
  const claimed = db.$with('claimed').as(
    db
      .update(users)
      .set({
        emailVerifiedAt: sql`now()`,
        updatedAt: sql`now()`,
        sessionEpoch: sql`${users.sessionEpoch} + 1`,
        keptSessionId: sql`null`,
        factorCount: sql`0`,
        displayName: displayName ?? sql`null`,
        locale: locale ?? sql`null`,
        avatarUrl: avatarUrl ?? sql`null`,
        userData: sql`null`,
        version: sql`${users.version} + 1`,
        accessVersion: sql`${users.accessVersion} + 1`,
      })
      .where(
        and(
          eq(users.id, userId),
          eq(users.sessionEpoch, epoch),
          isNull(users.emailVerifiedAt),
          isNull(users.disabledAt),
          isUnchanged(),
          when,
        ),
      )
      .returning({
        id: users.id,
        username: users.username,
        email: users.email,
        epoch: users.sessionEpoch,
      }),
  )
  const ids = db.select({ id: claimed.id }).from(claimed)
  const removed = db
    .$with('password_removed')
    .as(
      db
        .delete(credentials)
        .where(inArray(credentials.userId, ids))
        .returning({ userId: credentials.userId }),
    )
  const voided = db.$with('voided').as(
    db
      .delete(oneTimeTokens)
      .where(
        and(inArray(oneTimeTokens.userId, ids), keptTokenId && ne(oneTimeTokens.id, keptTokenId)),
      )
      .returning({ id: oneTimeTokens.id }),
  )
  const unlinked = identitiesDeleted(db, ids)
  return {
    steps: [claimed, removed, ...factorRowsDeleted(db, ids), unlinked, voided],
    ...{ claimed, unlinked },
  }
}

/** By what somebody proved to read the mail of an address that nobody had verified. */
type ClaimedBy = 'login_code' | 'identity' | 'reset_password'

/** What the audit trail says of an account that was given to whoever reads its mail. */
export function claimRecorded(claimed: Step & { id: SQLWrapper }, by: ClaimedBy): Recorded {
  return {
    event: 'account_claimed',
    of: claimed,
    subject: claimed.id,
    details: { by: literal(by) },
  }
}

/** Unlinks all accounts at providers of these users. */
export function identitiesDeleted(db: Database, userIds: SQLWrapper) {
  return db.$with('identities_removed').as(
    db.delete(identities).where(sql`${identities.userId} in ${userIds}`).returning({
      id: identities.id,
      userId: identities.userId,
      provider: identities.provider,
    }),
  )
}

/** What the audit trail says of each of them. */
export function unlinksRecorded(unlinked: ReturnType<typeof identitiesDeleted>): Recorded {
  return {
    event: 'identity_unlinked',
    of: unlinked,
    subject: unlinked.userId,
    details: { identity: unlinked.id, provider: unlinked.provider },
  }
}
