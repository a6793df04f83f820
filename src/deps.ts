import type { Config } from './config/index.ts'
import type { PasswordVerdict } from './core/passwords/hashing.ts'
import type { PublicJwk } from './core/tokens/jwk.ts'
import type { JwtVerdict } from './core/tokens/jwt.ts'
import type { Clock } from './database/clock.ts'
import type { Database } from './database/index.ts'
import type { DocsAsset } from './http/docs-assets.ts'

/** The app's ports: what differs between runtimes and tests is passed in here, never asked for. */
export type Deps = {
  config: Config
  db: Database
  /** The database's time: one clock for rows and tokens, on every instance. */
  clock: Clock
  passwords: Passwords
  tokens: Tokens
  logger: Logger
  /** The peer's address as the platform knows it; never a header that a client could have written. */
  clientAddress: (context: ClientContext) => string | undefined
  /** The package's, for the documentation. */
  version: string
  docsAsset: (name: DocsAsset) => Promise<Uint8Array<ArrayBuffer> | ReadableStream>
}

/** What a request brings: its headers, and the bindings that the runtime's server hands over with it. */
export type ClientContext = { header: (name: string) => string | undefined; env: unknown }

/** Password hashing, one bounded queue for all requests; refuses with `overloaded` when the queue is full. */
export type Passwords = {
  /** A PHC string with a fresh salt. */
  hash: (password: string) => Promise<string>
  /** Works as long for `null` (an unknown user) as for a real hash, so that time tells nothing. */
  verify: (phc: string | null, password: string) => Promise<PasswordVerdict>
}

export type TokenType = 'access' | 'refresh'

/** Token issuing and verification; keys are imported once. */
export type Tokens = {
  issue: (grant: Grant, now: Date) => Promise<TokenPair>
  /**
   * Signs for what will most likely be granted, and returns how to issue what was granted in the end: these tokens, or
   * others if that is not what was expected. To be called between asking the database and waiting for its answer.
   */
  prepare: (likely: LikelyGrant) => Tokens['issue']
  verify: (token: string, type: TokenType, now: Date) => Promise<JwtVerdict>
  /** The public halves of all keys, for services that verify access tokens themselves; none of a shared secret. */
  publishedKeys: readonly PublicJwk[]
}

/** What a pair of tokens is made of. The same grant makes the same tokens. */
export type Grant = {
  user: { id: string; username: string; email: string }
  session: { id: string; generation: number; issuedAt: Date; expiresAt: Date }
}

/** A grant but for the session's end, which only the database knows. */
export type LikelyGrant = Pick<Grant, 'user'> & { session: Omit<Grant['session'], 'expiresAt'> }

export type TokenPair = { accessToken: string; refreshToken: string; expiresInSeconds: number }

export type LogFields = Record<string, string | number | boolean | undefined>
export type Logger = Record<'info' | 'warn' | 'error', (event: string, fields?: LogFields) => void>
