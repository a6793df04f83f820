import type { CoreDeps } from '../../deps.ts'
import type { Language } from '../../outbox/mails.ts'
import { passkeyMethods } from '../assurance.ts'
import type { AssertionJson } from '../offered.ts'
import { type FactorProof, proofOf } from '../proofs.ts'
import { counterHolds } from './counter.ts'
import type { StoredPasskey } from './verify.ts'

/**
 * Returns the proof of a passkey that stands for password and second factor, because it says whose it is and verified its
 * user. Undefined where it does not, and for one that is not good. Throws what `verifyAssertion` does.
 */
export async function provePasskeyAlone(
  deps: CoreDeps,
  stored: StoredPasskey,
  offered: { challengeToken: string; credential: AssertionJson },
  language: Language,
): Promise<FactorProof | undefined> {
  if (offered.credential.response.userHandle === undefined) return undefined
  const { verifyAssertion } = await import('./verify.ts')
  const verified = await verifyAssertion(deps, stored, offered)
  if (!verified?.isUserVerified) return undefined
  if (!(await counterHolds(deps, stored, verified, language))) return undefined
  const { counter, isBackedUp, once } = verified
  const { id: passkeyId, userId } = stored
  return proofOf({
    userId,
    aal: 2,
    amr: passkeyMethods(stored, true),
    spends: [once],
    use: { kind: 'passkey', values: { passkeyId, passkeyCounter: String(counter), isBackedUp } },
  })
}
