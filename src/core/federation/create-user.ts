import { eq, exists, sql } from 'drizzle-orm'
import { unlessDuplicate } from '../../database/errors.ts'
import type { Database } from '../../database/index.ts'
import type { Placeholders } from '../../database/params.ts'
import { AppError } from '../../errors.ts'
import { users } from '../../models/index.ts'
import { identifierKey } from '../../utils/identifiers.ts'
import { refuseDomain } from '../accounts/mail-domains.ts'
import { newUser } from '../accounts/new-user-steps.ts'
import { addressIsKept } from '../accounts/predicates.ts'
import { maskedEmail } from '../audit/record-steps.ts'
import { stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { invitationIdOf, missingInvitation } from '../invitations/admit.ts'
import { INVITATION_PARAMS, invitationHeld, invitationUsed } from '../invitations/steps.ts'
import { refuseLimited } from '../limits/refuse.ts'
import { LIMIT_PARAMS, refusedColumns, tryCounted } from '../limits/steps.ts'
import { triesOf } from '../limits/tries.ts'
import { newId } from '../outbox/enqueue.ts'
import { type Arrival, linkValues } from './arrival.ts'
import { identityLinked, isUnspent, LINK_PARAMS, linkRecorded } from './identity-steps.ts'
import { usernameCandidates } from './username.ts'

const PARAMS = {
  newId: 'uuid',
  email: 'text',
  emailKey: 'text',
  /** By spaces, the best first; the keys are theirs. */
  usernames: 'text',
  usernameKeys: 'text',
  displayName: 'text?',
  locale: 'text?',
  avatarUrl: 'text?',
  ...INVITATION_PARAMS,
  ...LINK_PARAMS,
  ...LIMIT_PARAMS,
} as const

type P = Placeholders<typeof PARAMS>

/** The first of the usernames that nobody has, unless something stands against the user. */
function nameChosen(db: Database, p: P) {
  const { held, isAdmitted } = invitationHeld(db, p)
  const admitted = db.$with('admitted').as(
    db
      .select({ one: sql<number>`1`.as('admitted_one') })
      .from(sql`(values (1)) as one_row`)
      .where(isAdmitted),
  )
  const isTaken = exists(
    db.select({ id: users.id }).from(users).where(eq(users.emailKey, p.emailKey)),
  )
  const isNameTaken = exists(
    db.select({ id: users.id }).from(users).where(sql`${users.usernameKey} = wanted.key`),
  )
  const chosen = db.$with('chosen').as(
    db
      .select({
        username: sql<string>`wanted.name`.as('chosen_name'),
        usernameKey: sql<string>`wanted.key`.as('chosen_key'),
      })
      .from(
        sql`${admitted}, unnest(string_to_array(${p.usernames}, ' '), string_to_array(${p.usernameKeys}, ' ')) with ordinality as wanted (name, key, at)`,
      )
      .where(
        sql`not ${isNameTaken} and not ${isTaken} and not ${addressIsKept(db, p.emailKey)} and ${isUnspent(db, p)}`,
      )
      .orderBy(sql`wanted.at`)
      .limit(1),
  )
  return { held, admitted, chosen }
}

/**
 * Creates a user whose email the provider vouches for, with the identity, and uses the invitation up that lets them in.
 * Nothing happens if a concurrent statement took an identifier that this one does not see; it fails as a duplicate if that
 * was the identity.
 */
const insertFederatedUser = stateChange({
  name: 'insert_federated_user',
  params: PARAMS,
  change(db, p) {
    const { held, admitted, chosen } = nameChosen(db, p)
    const when = exists(db.select({ name: chosen.username }).from(chosen))
    const { steps: counting, refused, passed } = tryCounted(db, p, { when })
    const user = {
      ...{ id: p.newId, email: p.email, emailKey: p.emailKey, emailVerifiedAt: sql`now()` },
      username: sql`${chosen.username}`,
      usernameKey: sql`${chosen.usernameKey}`,
      ...{ displayName: p.displayName, locale: p.locale, avatarUrl: p.avatarUrl },
    }
    const created = db.$with('created').as(
      db
        .insert(users)
        .select(db.select(newUser(user)).from(chosen).where(passed))
        .onConflictDoNothing()
        .returning({ id: users.id, email: users.email }),
    )
    const { linked, steps: linking } = identityLinked(db, created, p)
    const used = invitationUsed(db, held, { by: created, orIf: sql`false` })
    return {
      steps: [held, admitted, chosen, ...counting, created, ...linking, used],
      records: [
        {
          event: 'user_created',
          of: created,
          subject: created.id,
          details: { email: maskedEmail(created.email) },
        },
        linkRecorded(linked),
      ],
      answers: {
        from: [admitted, created, refused],
        columns: {
          isAdmitted: admitted.one,
          createdId: created.id,
          ...refusedColumns(refused),
        },
      },
    }
  },
})

/**
 * Creates a user for somebody who comes from a provider that vouches for the email. True if it did; if not, somebody else
 * took the email, the identity or all the usernames meanwhile. Throws `signup_closed`, `validation_failed` for a missing
 * invitation or a domain that is not accepted, `one_time_token_invalid`, `too_many_requests`.
 */
export async function createFederatedUser(
  deps: CoreDeps,
  arrival: Arrival & { email: string },
  { ip, invitation }: { ip: string | null; invitation: string | undefined },
): Promise<boolean> {
  const { signup } = deps.config
  const { email, profile } = arrival
  const errors = [
    missingInvitation(signup, invitation),
    refuseDomain(signup.domains, '/code', email),
  ].filter((one) => one !== undefined)
  if (errors.length > 0) throw new AppError('validation_failed', { errors })
  const names = usernameCandidates(profile)
  const { displayName, locale, avatarUrl } = profile
  const values = {
    ...{ newId: newId(deps), email, emailKey: identifierKey(email) },
    ...{ displayName, locale, avatarUrl },
    usernames: names.join(' '),
    usernameKeys: names.map(identifierKey).join(' '),
    invitationId: await invitationIdOf(deps, invitation),
    ...linkValues(deps, arrival),
    tries: await triesOf(deps, 'federated_signup', { ip }),
  }
  const inserted = await insertFederatedUser(deps, values).catch(unlessDuplicate)
  if (!inserted) return false
  refuseLimited(deps, inserted)
  if (inserted.isAdmitted === null) throw new AppError('one_time_token_invalid')
  return inserted.createdId !== null
}
