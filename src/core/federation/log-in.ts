import { AppError } from '../../errors.ts'
import { untilUnchanged } from '../access/acting.ts'
import type { CoreDeps } from '../deps.ts'
import { type MfaRequired, requestSecondFactor } from '../factors/ask.ts'
import { parseFactors } from '../factors/assurance.ts'
import type { Once } from '../factors/factor-tokens.ts'
import { unlessRefused } from '../limits/refuse.ts'
import { NONE, triesOf } from '../limits/tries.ts'
import { type Opener, openSession } from '../sessions/open.ts'
import type { SessionTokens } from '../tokens/tokens.ts'
import { type Arrival, emailKeyOf } from './arrival.ts'
import { becomeKnown } from './become-known.ts'
import { createFederatedUser } from './create-user.ts'
import { FLOW_SECONDS, sealFlow } from './flow.ts'
import type { FlowSecrets } from './flow-secrets.ts'
import { type Holder, linkingVerdict } from './linking.ts'
import { proveIdentity } from './prove-identity.ts'
import { countIdentity, type FoundIdentity } from './read-identity.ts'
import { emailKept } from './refusals.ts'

type Entering = Opener & { invitation: string | undefined; secrets: FlowSecrets }

/**
 * Logs in whoever comes from a provider, after the deed that the rule for linking says (linking.ts): they are created, get
 * the unverified account of their address, or are linked. Throws `oauth_code_invalid` for what was used before, and what
 * the rule refuses: `account_exists` with a token by which the identity is linked after a log-in.
 */
export async function logInByIdentity(
  deps: CoreDeps,
  arrival: Arrival,
  requester: Entering,
): Promise<SessionTokens | MfaRequired> {
  let tries = await triesOf(deps, 'federated', { ip: requester.ip })
  let counted = NONE
  // A deed uses the code up, and then the door needs it no more.
  let spends: readonly Once[] = [arrival.once]
  return untilUnchanged(async () => {
    const found = await find(deps, arrival, tries)
    if (tries !== NONE) counted = found.receipt
    tries = NONE
    if (found.isSpent && spends.length > 0) throw new AppError('oauth_code_invalid')
    const verdict = linkingVerdict(factsOf(deps, found, arrival))
    if (verdict === 'log_in') return enter(deps, found, arrival, { counted, spends, requester })
    if (verdict === 'account_exists') throw await accountExists(deps, found, arrival, requester)
    if (verdict !== 'create' && verdict !== 'claim' && verdict !== 'link')
      throw verdict === 'already_taken' ? emailKept() : new AppError(verdict)
    if (await deed(deps, verdict, found, arrival, requester)) spends = []
    return undefined
  })
}

type Found = FoundIdentity & { receipt: string }

async function find(deps: CoreDeps, { profile, once }: Arrival, tries: string): Promise<Found> {
  const { issuer, subject } = profile
  const asked = { issuer, subject, emailKey: emailKeyOf(profile), codeId: once.jti, tries }
  const { found, receipt } = unlessRefused(deps, await countIdentity(deps.db, asked))
  if (!found) throw new Error('a read of one row found none')
  return { ...found, receipt }
}

function factsOf({ config }: CoreDeps, found: FoundIdentity, { profile }: Arrival) {
  const { userId, isDisabled } = found
  const owner: Holder = {
    isDisabled: found.isOwnerDisabled,
    hasSecondFactor: found.hasOwnerFactor,
    isEmailVerified: found.isOwnerVerified,
  }
  return {
    known: userId === null ? undefined : { isDisabled },
    owner: found.ownerId === null ? (found.isEmailKept ? ('kept' as const) : undefined) : owner,
    isVouched: profile.isEmailVouched,
    isAuthoritative: profile.isEmailAuthoritative,
    policy: config.federation.linking,
  }
}

type Entry = { counted: string; spends: readonly Once[]; requester: Opener }

/** Through the door, or to the second factor before it. Undefined if the account changed meanwhile, or the code was used. */
async function enter(
  deps: CoreDeps,
  found: FoundIdentity,
  { profile }: Arrival,
  { counted, spends, requester }: Entry,
): Promise<SessionTokens | MfaRequired | undefined> {
  const { identityId, userId: id, username, email, epoch, isEmailVerified, factors } = found
  if (!identityId || !id || username === null || email === null || epoch === null) return undefined
  const proof = proveIdentity({ userId: id, identityId, profile, spends })
  const methods = parseFactors(factors)
  const user = { id, isEmailVerified, epoch, counted }
  return methods
    ? requestSecondFactor(deps, { ...user, methods }, proof)
    : openSession(deps, { ...user, username, email }, proof, requester)
}

async function deed(
  deps: CoreDeps,
  verdict: 'create' | 'claim' | 'link',
  { ownerId, ownerEpoch }: FoundIdentity,
  arrival: Arrival,
  requester: Entering,
): Promise<boolean> {
  const { email } = arrival.profile
  const emailKey = emailKeyOf(arrival.profile)
  if (email === null || emailKey === null) throw new Error('a deed by an email that there is not')
  if (verdict === 'create') return createFederatedUser(deps, { ...arrival, email }, requester)
  if (ownerId === null || ownerEpoch === null) throw new Error('a deed about nobody')
  const owner = { id: ownerId, epoch: ownerEpoch, emailKey }
  return becomeKnown(deps, verdict, owner, arrival, requester)
}

async function accountExists(
  deps: CoreDeps,
  { ownerId }: FoundIdentity,
  { provider, profile }: Arrival,
  { secrets }: Entering,
): Promise<AppError> {
  if (ownerId === null) throw new Error('an account exists of nobody')
  const token = await sealFlow(deps, 'link', { provider, userId: ownerId, profile }, secrets)
  return new AppError('account_exists', { link: { token, expiresInSeconds: FLOW_SECONDS.link } })
}
