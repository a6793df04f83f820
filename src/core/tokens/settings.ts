import type { Algorithm } from './algorithms.ts'
import type { KeySet } from './jwk.ts'

/** What tokens say of their issuer, and how long they are good for. */
export type ClaimSettings = Readonly<{
  issuer: string
  audience: string
  accessLifetimeSeconds: number
  refreshLifetimeSeconds: number
}>

/** What tokens are signed with: a set of keys, or the shared secret that stands for one. */
export type KeySettings = Readonly<{
  algorithm: Algorithm
  secretKey: string | undefined
  keySet: KeySet | undefined
}>

export type TokenSettings = ClaimSettings & KeySettings
