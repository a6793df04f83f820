import type { Once } from '../factors/factor-tokens.ts'
import { type FirstProof, proofOf } from '../factors/proofs.ts'
import type { ProviderProfile } from './provider.ts'

type Proven = {
  userId: string
  identityId: string
  profile: ProviderProfile
  /** What is used up with it. */
  spends: readonly Once[]
}

/** The proof of a sign-in at a provider. It is one factor, whatever the provider asked for. */
export function proveIdentity({ userId, identityId, profile, spends }: Proven): FirstProof {
  const { email, isEmailVouched } = profile
  const values = { identityId, identityEmail: email, isIdentityVouched: isEmailVouched }
  return proofOf({
    ...{ userId, aal: 1, amr: ['fed'], spends },
    use: { kind: 'identity', values },
  }) as FirstProof
}
