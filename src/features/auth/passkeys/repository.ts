import { eq, sql } from 'drizzle-orm'
import { countedRead } from '../../../core/limits/counted-read.ts'
import { isEmailVerified } from '../../../core/sessions/predicates.ts'
import { passkeys, users } from '../../../models/index.ts'

/** Counts a log-in by a passkey, and selects that with its user. */
export const countPasskey = countedRead({
  name: 'count_passkey',
  params: { credentialId: 'text' },
  find: (db, p) =>
    db
      .select({
        userId: users.id,
        username: users.username,
        email: users.email,
        usernameKey: users.usernameKey,
        isEmailVerified: isEmailVerified(),
        epoch: users.sessionEpoch,
        isDisabled: sql<boolean>`${users.disabledAt} is not null`.as('is_disabled'),
        userHandle: users.webauthnUserHandle,
        id: sql<string>`${passkeys.id}`.as('passkey_id'),
        credentialId: passkeys.credentialId,
        publicKey: passkeys.publicKey,
        counter: passkeys.counter,
        isBackupEligible: passkeys.isBackupEligible,
        isSuspended: sql<boolean>`${passkeys.suspendedAt} is not null`.as('is_suspended'),
      })
      .from(passkeys)
      .innerJoin(users, eq(users.id, passkeys.userId))
      .where(eq(passkeys.credentialId, p.credentialId)),
})
