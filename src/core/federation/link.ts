import { eq, sql } from 'drizzle-orm'
import { unlessDuplicate } from '../../database/errors.ts'
import { instant } from '../../database/instants.ts'
import { AppError } from '../../errors.ts'
import { users } from '../../models/index.ts'
import { untilUnchanged } from '../access/acting.ts'
import { userChanged } from '../access/change-steps.ts'
import { stateChange } from '../audit/state-change.ts'
import type { CoreDeps } from '../deps.ts'
import { triesOf } from '../limits/tries.ts'
import { mailValues, type Requester } from '../outbox/enqueue.ts'
import type { SessionRef } from '../sessions/session.ts'
import { callerHeld } from '../sessions/steps.ts'
import { type Arrival, emailKeyOf, linkValues } from './arrival.ts'
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
import type { ListedIdentity } from './list-identities.ts'
import { providerName } from './provider.ts'
import { selectIdentity } from './read-identity.ts'

/**
 * Links the identity to the caller. Whoever takes the account over meanwhile does so before it or after it. To an account of
 * which nobody has verified the address nothing is linked but what proves it: its maker may be a stranger, who would come
 * back by the identity once the owner of the address has verified it.
 */
const linkToCaller = stateChange({
  name: 'link_identity',
  params: {
    ...{ sessionId: 'uuid', userId: 'uuid', vouchedKey: 'text?', canVerify: 'boolean' },
    ...{ ...LINK_PARAMS, ...LINK_TOLD_PARAMS },
  },
  change(db, p) {
    const caller = callerHeld(db, p)
    // Of the row, for a change of the email moves no version of those that are compared.
    const isProven = sql<boolean>`(${users.emailVerifiedAt} is not null or ${users.emailKey} is not distinct from ${p.vouchedKey} or not ${p.canVerify})`
    const target = db.$with('target').as(
      db
        .select({
          id: sql<string>`${caller.userId}`.as('target_id'),
          isUnspent: sql<boolean>`${isUnspent(db, p)}`.as('is_unspent'),
          isProven: isProven.as('is_proven'),
          hasRoom: sql<boolean>`${hasRoom(db, users.id)}`.as('has_room'),
        })
        .from(caller)
        .innerJoin(users, eq(users.id, caller.userId)),
    )
    const changed = userChanged(db, target, {
      when: sql`${target.isUnspent} and ${target.hasRoom} and ${isProven}`,
    })
    const owner = ownerOf(db, changed)
    const { linked, steps: linking } = identityLinked(db, owner, p)
    return {
      steps: [
        ...[caller, target, changed, owner, ...linking],
        ...linkTold(db, owner, p, 'identity_linked'),
      ],
      records: linkRecorded(linked, p.sessionId),
      answers: {
        from: [target, linked],
        columns: {
          ...{ isUnspent: target.isUnspent, isProven: target.isProven, hasRoom: target.hasRoom },
          linkedId: linked.id,
          createdAt: instant(linked.createdAt),
        },
      },
    }
  },
})

/**
 * Links an identity to the caller, and returns it. Does nothing and returns it where that is so already. Throws
 * `identity_taken` for one of somebody else, `oauth_code_invalid` for what was used before, `token_invalid` if the session has
 * ended meanwhile, `email_not_verified` for an account of which nobody has verified the address (unless the provider vouches
 * for that, or no mail could), `too_many_identities`. A mail tells of it.
 */
export async function linkIdentity(
  deps: CoreDeps,
  { userId, sessionId }: SessionRef,
  arrival: Arrival,
  { ip, userAgent, language }: Requester,
): Promise<ListedIdentity> {
  const { provider, profile } = arrival
  const { issuer, subject, email } = profile
  const settled = {
    ...{ vouchedKey: profile.isEmailVouched ? emailKeyOf(profile) : null },
    canVerify: deps.mailer !== undefined,
    ...{ ip, userAgent, tries: await triesOf(deps, 'notice', { userId }) },
    providerName: providerName(deps, provider),
  }
  return untilUnchanged(async () => {
    const [known] = await selectIdentity(deps.db, { issuer, subject })
    if (known && known.userId !== userId) throw new AppError('identity_taken')
    if (known) return known
    const values = { ...linkValues(deps, arrival), ...settled, ...mailValues(deps, { language }) }
    const outcome = await linkToCaller(deps, { userId, sessionId, ...values }).catch(
      unlessDuplicate,
    )
    if (!outcome) return undefined
    if (outcome.isUnspent === null) throw new AppError('token_invalid')
    if (!outcome.isUnspent) throw new AppError('oauth_code_invalid')
    if (!outcome.isProven) throw new AppError('email_not_verified')
    if (!outcome.hasRoom) throw new AppError('too_many_identities')
    const { linkedId: id, createdAt } = outcome
    if (id === null || createdAt === null) return undefined
    deps.postman.wake()
    return { id, provider, email, createdAt, lastUsedAt: null }
  })
}
