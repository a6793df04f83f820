import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { passkeys, recoveryCodes, spentTokens, totpFactors, users } from '../../models/index.ts'
import { type Counted, countedRead } from '../limits/counted-read.ts'
import { isEmailVerified } from '../sessions/predicates.ts'

/** One of the user's recovery codes that has one of these HMACs. */
function codeFound(db: Database, codeMacs: SQL) {
  return db
    .select({ codeMac: recoveryCodes.codeMac })
    .from(recoveryCodes)
    .where(
      and(
        eq(recoveryCodes.userId, users.id),
        sql`${recoveryCodes.codeMac} = any (string_to_array(${codeMacs}, ' '))`,
      ),
    )
    .limit(1)
}

/**
 * Counts a second factor that is offered, and selects what it is judged by: of an authenticator app, of the passkey and
 * the recovery code that are named. Nothing is found of a user who may not log in.
 */
export const countFactor = countedRead({
  name: 'count_factor',
  params: { userId: 'uuid', spentId: 'text?', credentialId: 'text?', codeMacs: 'text?' },
  find: (db, p) =>
    db
      .select({
        id: users.id,
        username: users.username,
        email: users.email,
        isEmailVerified: isEmailVerified(),
        epoch: users.sessionEpoch,
        usernameKey: users.usernameKey,
        isSpent:
          sql<boolean>`exists (select from ${spentTokens} where ${spentTokens.jti} = ${p.spentId})`.as(
            'is_spent',
          ),
        sealedSecret: totpFactors.sealedSecret,
        lastStep: totpFactors.lastStep,
        codeMac: sql<string | null>`(${codeFound(db, p.codeMacs)})`.as('found_mac'),
        passkeyId: sql<string | null>`${passkeys.id}`.as('passkey_id'),
        credentialId: passkeys.credentialId,
        publicKey: passkeys.publicKey,
        counter: passkeys.counter,
        isBackupEligible: passkeys.isBackupEligible,
        isSuspended: sql<boolean | null>`${passkeys.suspendedAt} is not null`.as('is_suspended'),
        userHandle: users.webauthnUserHandle,
      })
      .from(users)
      .leftJoin(
        totpFactors,
        and(eq(totpFactors.userId, users.id), isNotNull(totpFactors.confirmedAt)),
      )
      .leftJoin(
        passkeys,
        and(eq(passkeys.userId, users.id), eq(passkeys.credentialId, p.credentialId)),
      )
      .where(and(eq(users.id, p.userId), isNull(users.disabledAt))),
})

/** The user of a second factor that is offered, and what it is judged by. */
export type FactorAccount = NonNullable<
  Awaited<ReturnType<typeof countFactor>> extends Counted<infer Row> ? Row : never
>
