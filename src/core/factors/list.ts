import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { dateOf, dateOrNull, instant, microseconds } from '../../database/instants.ts'
import { read } from '../../database/read.ts'
import { passkeys, recoveryCodes, totpFactors, users } from '../../models/index.ts'
import type { CoreDeps } from '../deps.ts'

/** A passkey, as its user or an admin is shown it. */
export type ListedPasskey = {
  id: string
  name: string
  createdAt: Date
  lastUsedAt: Date | null
  isBackedUp: boolean
  isSuspended: boolean
}

/** The second factors of a user, without anything that proves one. */
export type FactorList = {
  totp: { createdAt: Date } | null
  passkeys: ListedPasskey[]
  recoveryCodesLeft: number
}

const PASSKEYS_AS_JSON = sql<string>`(select coalesce(json_agg(json_build_object(
    'id', ${passkeys.id}, 'name', ${passkeys.name},
    'created_at', ${microseconds(passkeys.createdAt)}, 'last_used_at', ${microseconds(passkeys.lastUsedAt)},
    'is_backed_up', ${passkeys.isBackedUp}, 'is_suspended', ${passkeys.suspendedAt} is not null
  ) order by ${passkeys.createdAt}, ${passkeys.id}), '[]')::text
  from ${passkeys} where ${passkeys.userId} = ${users.id})`

const selectFactors = read({
  name: 'select_factors',
  params: { userId: 'uuid' },
  find: (db, p) =>
    db
      .select({
        id: users.id,
        totpAt: instant(totpFactors.confirmedAt).as('totp_at'),
        codesLeft:
          sql<number>`(select count(*)::int from ${recoveryCodes} where ${recoveryCodes.userId} = ${users.id})`.as(
            'codes_left',
          ),
        passkeys: PASSKEYS_AS_JSON.as('passkeys'),
      })
      .from(users)
      .leftJoin(
        totpFactors,
        and(eq(totpFactors.userId, users.id), isNotNull(totpFactors.confirmedAt)),
      )
      .where(eq(users.id, p.userId)),
})

/** Returns the second factors of a user, the oldest passkey first, or undefined if there is no such user. */
export async function listFactors(
  { db }: Pick<CoreDeps, 'db'>,
  userId: string,
): Promise<FactorList | undefined> {
  const [found] = await selectFactors(db, { userId })
  if (!found) return undefined
  const { totpAt, codesLeft: recoveryCodesLeft, passkeys: json } = found
  return {
    totp: totpAt && { createdAt: totpAt },
    passkeys: JSON.parse(json).map(passkeyOf),
    recoveryCodesLeft,
  }
}

type Row = Record<'id' | 'name', string> & {
  created_at: number
  last_used_at: number | null
  is_backed_up: boolean
  is_suspended: boolean
}

function passkeyOf({ id, name, ...row }: Row): ListedPasskey {
  const { created_at: createdAt, last_used_at: lastUsedAt } = row
  return {
    ...{ id, name },
    createdAt: dateOf(createdAt),
    lastUsedAt: dateOrNull(lastUsedAt),
    isBackedUp: row.is_backed_up,
    isSuspended: row.is_suspended,
  }
}
