import { count, eq, notExists, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal, type Placeholders } from '../../database/params.ts'
import { identities, spentTokens, users } from '../../models/index.ts'
import type { Recorded } from '../audit/record-steps.ts'
import type { Step } from '../audit/state-change.ts'
import { noticeCounted } from '../limits/notice-steps.ts'
import { LIMIT_PARAMS } from '../limits/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../outbox/steps.ts'

/** The parameters of a statement that links an identity because of a code or token, which works once. */
export const LINK_PARAMS = {
  identityId: 'uuid',
  issuer: 'text',
  subject: 'text',
  provider: 'text',
  identityEmail: 'text?',
  isIdentityVouched: 'boolean',
  codeId: 'text',
  codeUntil: 'timestamptz',
} as const

/** The parameters of the mail that tells of it. */
export const LINK_TOLD_PARAMS = {
  providerName: 'text',
  ip: 'text?',
  userAgent: 'text?',
  ...MAIL_PARAMS,
  ...LIMIT_PARAMS,
} as const

type P = Placeholders<typeof LINK_PARAMS>

/** How many identities a user can have. */
const MAX_IDENTITIES = 20

/**
 * True if the user may get one more. What links another moves the user's version too (`userChanged`): nothing happens where
 * that came between, and the next attempt counts it.
 */
export function hasRoom(db: Database, userId: SQLWrapper): SQL {
  const linked = db
    .select({ count: count() })
    .from(identities)
    .where(sql`${identities.userId} = ${userId}`)
  return sql`${linked} < ${literal(MAX_IDENTITIES)}`
}

/** True while the code was not used. */
export function isUnspent(db: Database, { codeId }: Pick<P, 'codeId'>): SQL {
  const spent = db
    .select({ jti: spentTokens.jti })
    .from(spentTokens)
    .where(eq(spentTokens.jti, codeId))
  return notExists(spent)
}

/** The user of a step, with whom a mail is written to. */
export function ownerOf(db: Database, changed: Step & { id: SQLWrapper }) {
  return db.$with('owner').as(
    db
      .select({
        id: sql<string>`${users.id}`.as('owner_id'),
        username: users.username,
        email: users.email,
      })
      .from(changed)
      .innerJoin(users, sql`${users.id} = ${changed.id}`),
  )
}

/**
 * Links the identity to the user of a step, and spends the code. Where another statement did either that this one does not
 * see, it fails as a duplicate, and so does all of the statement.
 */
export function identityLinked(db: Database, of: Step & { id: SQLWrapper }, p: P) {
  const linked = db.$with('linked').as(
    db
      .insert(identities)
      .select(
        db
          .select({
            issuer: p.issuer.as('new_issuer'),
            subject: p.subject.as('new_subject'),
            id: p.identityId.as('new_identity_id'),
            userId: sql<string>`${of.id}`.as('new_identity_of'),
            provider: p.provider.as('new_provider'),
            email: p.identityEmail.as('new_identity_email'),
            isEmailVerified: p.isIdentityVouched.as('is_new_vouched'),
            createdAt: sql`now()`.as('linked_at'),
            lastUsedAt: sql`null::timestamptz`.as('last_used'),
          })
          .from(of),
      )
      .returning({
        id: identities.id,
        userId: identities.userId,
        createdAt: identities.createdAt,
        provider: identities.provider,
      }),
  )
  const spent = db.$with('code_spent').as(
    db
      .insert(spentTokens)
      .select(
        db
          .select({ jti: p.codeId.as('spent_jti'), expiresAt: p.codeUntil.as('spent_until') })
          .from(linked),
      )
      .returning({ jti: spentTokens.jti }),
  )
  return { linked, spent, steps: [linked, spent] }
}

/** What the audit trail says of it. */
export function linkRecorded(
  linked: ReturnType<typeof identityLinked>['linked'],
  session?: SQLWrapper,
): Recorded {
  return {
    event: 'identity_linked',
    of: linked,
    subject: linked.userId,
    ...(session && { session }),
    details: { identity: linked.id, provider: linked.provider },
  }
}

/** Tells the user of a step by a mail. */
export function linkTold(
  db: Database,
  owner: Step & Record<'id' | 'username' | 'email', SQLWrapper>,
  p: Placeholders<typeof LINK_TOLD_PARAMS>,
  mail: 'identity_linked' | 'account_claimed',
): Step[] {
  const { steps, noticed } = noticeCounted(db, p, owner)
  const enqueued = mailEnqueued(db, noticed, p, {
    mail,
    recipient: noticed.email,
    data: {
      ...{ username: noticed.username, provider: p.providerName },
      ...{ ip: p.ip, user_agent: p.userAgent },
    },
    userId: noticed.id,
  })
  return [...steps, enqueued]
}
