import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import { unlessDuplicate } from '../../database/errors.ts'
import { literal } from '../../database/params.ts'
import { AppError } from '../../errors.ts'
import { users } from '../../models/index.ts'
import { userChanged } from '../access/change-steps.ts'
import { accountClaimed, claimRecorded, unlinksRecorded } from '../accounts/claim-steps.ts'
import { stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { triesOf } from '../limits/tries.ts'
import { mailValues, type Requester } from '../outbox/enqueue.ts'
import { type Arrival, linkValues } from './arrival.ts'
import {
  hasRoom,
  identityLinked,
  isUnspent,
  LINK_PARAMS,
  LINK_TOLD_PARAMS,
  linkRecorded,
  linkTold,
  ownerOf,
} from './identity-steps.ts'
import { providerName } from './provider.ts'

const PARAMS = {
  userId: 'uuid',
  emailKey: 'text',
  ...LINK_PARAMS,
  ...LINK_TOLD_PARAMS,
} as const

/**
 * Gives an account whose address nobody had verified to the owner of that, with the identity, and takes from it whatever
 * somebody else set up. The profile is the provider's, as for a new user. Nothing happens if any of that was changed after
 * the statement began.
 */
const claim = stateChange({
  name: 'claim_by_identity',
  params: {
    ...PARAMS,
    ...{ epoch: 'int', displayName: 'text?', locale: 'text?', avatarUrl: 'text?' },
  },
  change(db, p) {
    const when = and(eq(users.emailKey, p.emailKey), isUnspent(db, p))
    const { steps, claimed, unlinked } = accountClaimed(db, p, when)
    const { linked, steps: linking } = identityLinked(db, claimed, p)
    return {
      steps: [...steps, ...linking, ...linkTold(db, claimed, p, 'account_claimed')],
      records: [
        {
          event: 'email_verified',
          of: claimed,
          subject: claimed.id,
          details: { by: literal('identity') },
        },
        claimRecorded(claimed, 'identity'),
        unlinksRecorded(unlinked),
        linkRecorded(linked),
      ],
      answers: { from: [linked], columns: { linkedId: linked.id } },
    }
  },
})

/** Links the identity to a user whose mailbox is the provider's own, unless that or the user changed meanwhile. */
const linkByEmail = stateChange({
  name: 'link_by_email',
  params: PARAMS,
  change(db, p) {
    const target = db.$with('target').as(
      db
        .select({ id: users.id, hasRoom: sql<boolean>`${hasRoom(db, users.id)}`.as('has_room') })
        .from(users)
        .where(eq(users.id, p.userId)),
    )
    const changed = userChanged(db, target, {
      when: and(
        eq(users.emailKey, p.emailKey),
        isNotNull(users.emailVerifiedAt),
        isNull(users.disabledAt),
        eq(users.factorCount, literal(0)),
        sql`${target.hasRoom}`,
        isUnspent(db, p),
      ),
    })
    const owner = ownerOf(db, changed)
    const { linked, steps: linking } = identityLinked(db, owner, p)
    return {
      steps: [target, changed, owner, ...linking, ...linkTold(db, owner, p, 'identity_linked')],
      records: linkRecorded(linked),
      answers: {
        from: [target, linked],
        columns: { hasRoom: target.hasRoom, linkedId: linked.id },
      },
    }
  },
})

/** Whose the email of an arrival is. */
export type EmailOwner = { id: string; epoch: number; emailKey: string }

/**
 * Makes the identity known by its email, by that of the two deeds which the rule says. True if it did; if not, the account
 * or the identity changed meanwhile. A mail tells of it. Throws `too_many_identities`.
 */
export async function becomeKnown(
  deps: CoreDeps,
  deed: 'claim' | 'link',
  { id: userId, epoch, emailKey }: EmailOwner,
  arrival: Arrival,
  { ip, userAgent, language }: Requester,
): Promise<boolean> {
  const values = {
    ...{ userId, emailKey, ip, userAgent },
    ...linkValues(deps, arrival),
    providerName: providerName(deps, arrival.provider),
    ...mailValues(deps, { language }),
    tries: await triesOf(deps, 'notice', { userId }),
  }
  const { displayName, locale, avatarUrl } = arrival.profile
  const done =
    deed === 'claim'
      ? await claim(deps, { ...values, epoch, displayName, locale, avatarUrl }).catch(
          unlessDuplicate,
        )
      : await linkByEmail(deps, values).catch(unlessDuplicate)
  if (done && 'hasRoom' in done && done.hasRoom === false) throw new AppError('too_many_identities')
  if (!done || done.linkedId === null) return false
  deps.postman.wake()
  return true
}
