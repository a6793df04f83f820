import type { Method } from './assurance.ts'
import type { Once } from './factor-tokens.ts'
import type { Use } from './use-steps.ts'

declare const proven: unique symbol

/** Marks what a verifier has made, so that nothing else passes for it. */
export type Proven = { readonly [proven]: true }

/**
 * Proof of who somebody is, by what can be used once. The statement that acts on it uses it up, so that of several at once
 * one counts.
 */
export type FactorProof = Proven & {
  userId: string
  /** 2 with two factors, or one that is two by itself. */
  aal: 1 | 2
  amr: readonly Method[]
  /** The tokens and challenges that are used up with it. */
  spends: readonly Once[]
  use: Use
}

/** Proof by what is a first factor and works once: a code that was mailed, or a sign-in at a provider. */
export type FirstProof = FactorProof & { use: { kind: 'mailed_code' | 'identity' } }

/** Marks a proof. Only verifiers in core call it, which lint holds (biome.json). */
export function proofOf(proof: Omit<FactorProof, keyof Proven>): FactorProof {
  return proof as FactorProof
}
