import type { Algorithm } from './algorithms.ts'
import type { KeySet } from './jwk.ts'

/** How tokens are signed, what they claim, and how long they live. */
export type TokenSettings = Readonly<{
  algorithm: Algorithm
  secretKey: string | undefined
  keySet: KeySet | undefined
  issuer: string
  audience: string
  accessLifetimeSeconds: number
  refreshLifetimeSeconds: number
}>
