import { and, eq, exists, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { literal, type Placeholders } from '../../database/params.ts'
import { roles, userRoles, users } from '../../models/index.ts'
import { rolePermissions } from '../access/role-steps.ts'
import { type actorFound, covers, isPermitted } from '../access/steps.ts'
import { LIMIT_PARAMS, refusedColumns, tryCounted } from '../limits/steps.ts'
import { tokenIssued } from '../one-time-tokens/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../outbox/steps.ts'
import { newUser } from './new-user-steps.ts'
import { addressIsKept } from './predicates.ts'

/** The parameters of a statement that creates a user for somebody else. */
export const CREATE_PARAMS = {
  id: 'uuid',
  username: 'text',
  usernameKey: 'text',
  email: 'text',
  emailKey: 'text',
  displayName: 'text?',
  locale: 'text?',
  /** By commas, each once. */
  roles: 'text',
  roleCount: 'int',
  tokenId: 'uuid',
  ...MAIL_PARAMS,
  ...LIMIT_PARAMS,
} as const

type P = Placeholders<typeof CREATE_PARAMS>
type Actor = ReturnType<typeof actorFound>

/** Finds the roles to grant, and keeps them from being deleted until the statement ends. */
function rolesFound(db: Database, p: P, actor: Actor | undefined) {
  const isCovered = actor ? covers(actor, rolePermissions()) : sql<boolean>`true`
  return db.$with('wanted_roles').as(
    db
      .select({ name: roles.name, isCovered: isCovered.as('is_covered') })
      .from(roles)
      .where(
        and(
          sql`${roles.name} = any(string_to_array(${p.roles}, ','))`,
          actor && exists(sql`(select from ${actor})`),
        ),
      )
      .for('key share'),
  )
}

/** Says what stands against the user. It has no row for an actor who may not create any. */
function judged(
  db: Database,
  p: P,
  actor: Actor | undefined,
  wanted: ReturnType<typeof rolesFound>,
) {
  const mayGrant = actor
    ? sql<boolean>`(${p.roles} = '' or ${isPermitted(actor.userId, 'auth:roles:grant')})`
    : sql<boolean>`true`
  const isTaken = (column: typeof users.usernameKey | typeof users.emailKey, key: SQL) =>
    exists(db.select({ id: users.id }).from(users).where(eq(column, key)))
  return db.$with('judged').as(
    db
      .select({
        mayGrant: mayGrant.as('may_grant'),
        foundRoles: sql<number>`(select count(*)::int from ${wanted})`.as('found_roles'),
        areCovered:
          sql<boolean>`coalesce((select bool_and(${wanted.isCovered}) from ${wanted}), true)`.as(
            'are_covered',
          ),
        isUsernameTaken: sql<boolean>`${isTaken(users.usernameKey, p.usernameKey)}`.as(
          'is_username_taken',
        ),
        isEmailTaken:
          sql<boolean>`(${isTaken(users.emailKey, p.emailKey)} or ${addressIsKept(db, p.emailKey)})`.as(
            'is_email_taken',
          ),
      })
      .from(actor ? sql`${actor}` : sql`(values (${literal(1)})) as operator`),
  )
}

/**
 * Creates a user with roles and no password, and mails a link to choose one, unless something stands against it, or a
 * concurrent statement took an identifier that this one does not see yet. Without an actor it is the operator.
 */
export function userCreated(db: Database, p: P, actor?: Actor) {
  const wanted = rolesFound(db, p, actor)
  const verdict = judged(db, p, actor, wanted)
  const isGood = sql`${verdict.mayGrant} and ${verdict.areCovered} and ${verdict.foundRoles} = ${p.roleCount}
    and not (${verdict.isUsernameTaken} or ${verdict.isEmailTaken})`
  const {
    steps: counting,
    refused,
    passed,
  } = tryCounted(db, p, {
    when: sql`exists (select from ${verdict} where ${isGood})`,
  })
  const created = db.$with('created').as(
    db
      .insert(users)
      .select(db.select(newUser(p)).from(verdict).where(and(isGood, passed)))
      .onConflictDoNothing()
      .returning({
        id: users.id,
        username: users.username,
        email: users.email,
        emailKey: users.emailKey,
      }),
  )
  const granted = db.$with('granted').as(
    db
      .insert(userRoles)
      .select(
        db
          .select({
            userId: created.id,
            role: sql`${wanted.name}`.as('granted_role'),
            grantedAt: sql`now()`.as('granted_at'),
          })
          .from(created)
          .innerJoin(wanted, sql`true`),
      )
      .returning({ userId: userRoles.userId, role: userRoles.role }),
  )
  const issued = tokenIssued(db, created, { purpose: 'reset_password', tokenId: p.tokenId })
  const enqueued = mailEnqueued(db, created, p, {
    besides: [issued],
    mail: 'account_created',
    recipient: created.email,
    data: { username: created.username },
    userId: created.id,
    tokenId: issued.id,
  })
  return {
    steps: [wanted, verdict, ...counting, created, granted, issued, enqueued],
    created,
    granted,
    answers: {
      from: [verdict, created, refused],
      columns: {
        mayGrant: verdict.mayGrant,
        foundRoles: verdict.foundRoles,
        areCovered: verdict.areCovered,
        isUsernameTaken: verdict.isUsernameTaken,
        isEmailTaken: verdict.isEmailTaken,
        createdId: created.id,
        ...refusedColumns(refused),
      },
    },
  }
}
