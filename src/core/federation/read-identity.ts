import { and, eq, exists, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { instant } from '../../database/instants.ts'
import { read } from '../../database/read.ts'
import { identities, spentTokens, users } from '../../models/index.ts'
import { addressIsKept } from '../accounts/predicates.ts'
import { usableFactors } from '../factors/predicates.ts'
import { type Counted, countedRead } from '../limits/counted-read.ts'
import { isEmailVerified } from '../sessions/predicates.ts'

const owner = alias(users, 'owner')

/** Counts a sign-in at a provider, and selects whose its identity is, whose its email, and whether it was used. */
export const countIdentity = countedRead({
  name: 'count_identity',
  params: { issuer: 'text', subject: 'text', emailKey: 'text?', codeId: 'text' },
  find: (db, p) => {
    const spent = db
      .select({ jti: spentTokens.jti })
      .from(spentTokens)
      .where(eq(spentTokens.jti, p.codeId))
    return db
      .select({
        isSpent: sql<boolean>`${exists(spent)}`.as('is_spent'),
        isEmailKept: addressIsKept(db, p.emailKey).as('is_email_kept'),
        identityId: sql<string | null>`${identities.id}`.as('identity_id'),
        userId: sql<string | null>`${users.id}`.as('known_id'),
        username: users.username,
        email: sql<string | null>`${users.email}`.as('known_email'),
        isEmailVerified: isEmailVerified(),
        epoch: users.sessionEpoch,
        isDisabled: sql<boolean>`${users.disabledAt} is not null`.as('is_disabled'),
        factors: usableFactors(db).as('factors'),
        ownerId: sql<string | null>`${owner.id}`.as('owner_id'),
        ownerEpoch: sql<number | null>`${owner.sessionEpoch}`.as('owner_epoch'),
        isOwnerVerified: sql<boolean>`${owner.emailVerifiedAt} is not null`.as('is_owner_verified'),
        isOwnerDisabled: sql<boolean>`${owner.disabledAt} is not null`.as('is_owner_disabled'),
        hasOwnerFactor: sql<boolean>`coalesce(${owner.factorCount} > 0, false)`.as(
          'has_owner_factor',
        ),
      })
      .from(sql`(values (1)) as given`)
      .leftJoin(identities, and(eq(identities.issuer, p.issuer), eq(identities.subject, p.subject)))
      .leftJoin(users, eq(users.id, identities.userId))
      .leftJoin(owner, eq(owner.emailKey, p.emailKey))
  },
})

export type FoundIdentity = NonNullable<
  Awaited<ReturnType<typeof countIdentity>> extends Counted<infer Row> ? Row : never
>

/** Selects an identity, with whose it is. */
export const selectIdentity = read({
  name: 'select_identity',
  params: { issuer: 'text', subject: 'text' },
  find: (db, p) =>
    db
      .select({
        id: identities.id,
        userId: identities.userId,
        provider: identities.provider,
        email: identities.email,
        createdAt: instant(identities.createdAt).as('created_at'),
        lastUsedAt: instant(identities.lastUsedAt).as('last_used_at'),
      })
      .from(identities)
      .where(and(eq(identities.issuer, p.issuer), eq(identities.subject, p.subject))),
})
