import { eq, sql } from 'drizzle-orm'
import { accessOf } from '../../../core/access/steps.ts'
import { newUser } from '../../../core/accounts/new-user-steps.ts'
import { addressIsKept } from '../../../core/accounts/predicates.ts'
import { maskedEmail } from '../../../core/audit/record-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import {
  INVITATION_PARAMS,
  invitationHeld,
  invitationUsed,
  isInvited,
} from '../../../core/invitations/steps.ts'
import { countedRead } from '../../../core/limits/counted-read.ts'
import { tokenIssued } from '../../../core/one-time-tokens/steps.ts'
import { MAIL_PARAMS, mailEnqueued } from '../../../core/outbox/steps.ts'
import type { Database } from '../../../database/index.ts'
import { instant } from '../../../database/instants.ts'
import type { Placeholders } from '../../../database/params.ts'
import { credentials, users } from '../../../models/index.ts'

/** Counts a sign-up before its password is hashed, and tells if it may go on where invitations are needed. */
export const countSignup = countedRead({
  name: 'count_sign_up',
  params: { emailKey: 'text', ...INVITATION_PARAMS },
  find: (db, p) =>
    db.select({ isInvited: isInvited(db, p).as('is_invited') }).from(sql`(values (1)) as given`),
})

const PARAMS = {
  id: 'uuid',
  username: 'text',
  usernameKey: 'text',
  email: 'text',
  emailKey: 'text',
  passwordHash: 'text',
  /** Null where there is no mailer. */
  tokenId: 'uuid?',
  /** True if the answer must not tell what is taken. Then the mails do. */
  isUniform: 'boolean',
  ...INVITATION_PARAMS,
  ...MAIL_PARAMS,
} as const

type P = Placeholders<typeof PARAMS>

/**
 * Tells what is taken, and by whom. A row that a concurrent sign-up has just made is not seen. Without the invitation that
 * is needed it has no row, and so nothing happens.
 */
function found(db: Database, p: P) {
  const { held, isAdmitted } = invitationHeld(db, p)
  const owner = db
    .$with('owner')
    .as(
      db
        .select({ id: users.id, username: users.username, email: users.email })
        .from(users)
        .where(eq(users.emailKey, p.emailKey)),
    )
  const namesake = db
    .$with('namesake')
    .as(db.select({ id: users.id }).from(users).where(eq(users.usernameKey, p.usernameKey)))
  const taken = db.$with('taken').as(
    db
      .select({
        username: sql<boolean>`exists (select from ${namesake})`.as('is_username_taken'),
        email: sql<boolean>`exists (select from ${owner}) or ${addressIsKept(db, p.emailKey)}`.as(
          'is_email_taken',
        ),
      })
      .from(sql`(values (1)) as one`)
      .where(isAdmitted),
  )
  return { held, owner, namesake, taken }
}

type Taken = ReturnType<typeof found>['taken']

/** Inserts the user, unless an identifier is taken, be it by a sign-up that the statement does not see. */
function userCreated(db: Database, taken: Taken, p: P) {
  const identity = db
    .select(newUser(p))
    .from(taken)
    .where(sql`not (${taken.username} or ${taken.email})`)
  return db.$with('created').as(
    db.insert(users).select(identity).onConflictDoNothing().returning({
      id: users.id,
      username: users.username,
      email: users.email,
      emailKey: users.emailKey,
      createdAt: users.createdAt,
    }),
  )
}

/**
 * Stores the user with the password hash, and mails a link to verify the address. If an identifier is taken it stores
 * nothing, and the owner of a taken address gets a mail. Where the answer is uniform, so does whoever asked for a taken
 * name. Nothing at all happens if a concurrent sign-up took an identifier that the statement does not see yet.
 *
 * The invitation is used up by the sign-up that it lets in. Where the answer is uniform, also by one for a taken address:
 * whoever tried it again would else learn that the address has an account. A taken name leaves it, whatever the address.
 */
export const insertUser = stateChange({
  name: 'insert_user',
  params: PARAMS,
  change(db, p) {
    const { held, owner, namesake, taken } = found(db, p)
    const created = userCreated(db, taken, p)
    const secured = db.$with('secured').as(
      db
        .insert(credentials)
        .select(
          db
            .select({
              userId: created.id,
              passwordHash: p.passwordHash.as('password_hash'),
              updatedAt: created.createdAt,
            })
            .from(created),
        )
        .returning({ userId: credentials.userId }),
    )
    const issued = tokenIssued(db, created, { purpose: 'verify_email', tokenId: p.tokenId })
    const used = invitationUsed(db, held, {
      by: created,
      orIf: sql`${p.isUniform} and exists (select from ${taken} where ${taken.email} and not ${taken.username})`,
    })
    const enqueued = mailEnqueued(db, taken, p, {
      besides: [created, issued, owner, namesake],
      mail: sql`case
        when ${created.id} is not null then 'verify_email'
        when ${owner.id} is not null then 'address_in_use'
        when ${namesake.id} is not null and ${p.isUniform} then 'username_taken'
      end`,
      recipient: sql`coalesce(${owner.email}, ${p.email})`,
      data: { username: sql`coalesce(${owner.username}, ${p.username})` },
      userId: sql`coalesce(${created.id}, ${owner.id})`,
      tokenId: issued.id,
    })
    return {
      steps: [held, owner, namesake, taken, created, secured, used, issued, enqueued],
      records: {
        event: 'user_created',
        of: created,
        subject: created.id,
        details: { email: maskedEmail(created.email) },
      },
      answers: {
        from: [taken, created],
        columns: {
          isUsernameTaken: taken.username,
          isEmailTaken: taken.email,
          createdAt: instant(created.createdAt),
          access: accessOf(created.id),
        },
      },
    }
  },
})
