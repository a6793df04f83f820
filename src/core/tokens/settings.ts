import type { Algorithm } from './algorithms.ts'
import type { KeySet } from './jwk.ts'

/** Issuer, audience and lifetimes of tokens. */
export type ClaimSettings = Readonly<{
  issuer: string
  audience: string
  accessLifetimeSeconds: number
  refreshLifetimeSeconds: number
}>

/** The signing keys: a key set, or the shared secret that stands for one. */
export type KeySettings = Readonly<{
  algorithm: Algorithm
  secretKey: string | undefined
  keySet: KeySet | undefined
}>

export type TokenSettings = ClaimSettings & KeySettings
