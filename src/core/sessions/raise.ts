import type { CoreDeps } from '../deps.ts'
import type { AssuranceLevel, Method } from '../factors/assurance.ts'
import type { FactorProof } from '../factors/proofs.ts'
import { spendValues } from '../factors/use-steps.ts'
import type { SessionRef } from './session.ts'

/** Returns the values of `RAISE_PARAMS` for what the caller has just proven. */
export function raiseValues(
  { config, clock }: Pick<CoreDeps, 'config' | 'clock'>,
  { userId, sessionId }: SessionRef,
  { aal, amr }: { aal: AssuranceLevel; amr: readonly Method[] },
) {
  return {
    ...{ userId, sessionId },
    raisedAal: aal,
    raisedAmr: amr.join(' '),
    issuedAt: clock.now(),
    idleSeconds: config.tokens.refreshLifetimeSeconds,
  }
}

/** Returns the same for a proof that works once, with those of the parameters by which a statement uses it up. */
export function raiseProofValues(
  deps: Pick<CoreDeps, 'config' | 'clock'>,
  caller: SessionRef,
  proof: FactorProof,
) {
  const { values } = proof.use
  return { ...raiseValues(deps, caller, proof), ...values, ...spendValues(proof.spends) }
}
