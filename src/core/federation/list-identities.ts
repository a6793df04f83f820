import { eq, sql } from 'drizzle-orm'
import { dateOf, dateOrNull, microseconds } from '../../database/instants.ts'
import { read } from '../../database/read.ts'
import { credentials, identities, users } from '../../models/index.ts'
import type { CoreDeps } from '../deps.ts'

/** An account at a provider, as its user or an admin is shown it. Nobody is shown its subject. */
export type ListedIdentity = {
  id: string
  /** As the configuration names it, or named it once. */
  provider: string
  email: string | null
  createdAt: Date
  lastUsedAt: Date | null
}

/** By what a user logs in besides passkeys. */
export type IdentityList = { identities: ListedIdentity[]; hasPassword: boolean }

const IDENTITIES_AS_JSON = sql<string>`(select coalesce(json_agg(json_build_object(
    'id', ${identities.id}, 'provider', ${identities.provider}, 'email', ${identities.email},
    'created_at', ${microseconds(identities.createdAt)}, 'last_used_at', ${microseconds(identities.lastUsedAt)}
  ) order by ${identities.createdAt}, ${identities.id}), '[]')::text
  from ${identities} where ${identities.userId} = ${users.id})`

const selectIdentities = read({
  name: 'select_identities',
  params: { userId: 'uuid' },
  find: (db, p) =>
    db
      .select({
        id: users.id,
        identities: IDENTITIES_AS_JSON.as('identities'),
        hasPassword: sql<boolean>`${credentials.userId} is not null`.as('has_password'),
      })
      .from(users)
      .leftJoin(credentials, eq(credentials.userId, users.id))
      .where(eq(users.id, p.userId)),
})

/** Returns the accounts at providers of a user, the oldest first, or undefined if there is no such user. */
export async function listIdentities(
  { db }: Pick<CoreDeps, 'db'>,
  userId: string,
): Promise<IdentityList | undefined> {
  const [found] = await selectIdentities(db, { userId })
  if (!found) return undefined
  return {
    identities: JSON.parse(found.identities).map(identityOf),
    hasPassword: found.hasPassword,
  }
}

type Row = Pick<ListedIdentity, 'id' | 'provider' | 'email'> & {
  created_at: number
  last_used_at: number | null
}

function identityOf({ created_at: createdAt, last_used_at: lastUsedAt, ...row }: Row) {
  return {
    ...row,
    createdAt: dateOf(createdAt),
    lastUsedAt: dateOrNull(lastUsedAt),
  }
}
