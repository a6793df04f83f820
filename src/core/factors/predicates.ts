import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal } from '../../database/params.ts'
import { passkeys, recoveryCodes, totpFactors, users } from '../../models/index.ts'
import { SECOND_FACTORS, type SecondFactor } from './assurance.ts'

/**
 * The second factors that a row of `users` can use now, by spaces; null for a user who has none. It is empty for a user
 * whose factor is suspended and who has no recovery codes: nothing but an admin helps there.
 */
export function usableFactors(db: Database): SQL<string | null> {
  const has = {
    totp: db
      .select({ one: sql`1` })
      .from(totpFactors)
      .where(and(eq(totpFactors.userId, users.id), isNotNull(totpFactors.confirmedAt))),
    passkey: db
      .select({ one: sql`1` })
      .from(passkeys)
      .where(and(eq(passkeys.userId, users.id), isNull(passkeys.suspendedAt))),
    recovery_code: db
      .select({ one: sql`1` })
      .from(recoveryCodes)
      .where(eq(recoveryCodes.userId, users.id)),
  } satisfies Record<SecondFactor, unknown>
  const named = SECOND_FACTORS.map(
    (factor) => sql`case when exists ${has[factor]} then ${literal(factor)} end`,
  )
  return sql<
    string | null
  >`case when ${users.factorCount} > 0 then concat_ws(' ', ${sql.join(named, sql`, `)}) end`
}
