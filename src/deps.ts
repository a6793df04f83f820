import type { Config } from './config/index.ts'
import type { CoreDeps } from './core/deps.ts'
import type { CredentialRefusal, ProblemCode } from './errors.ts'
import type { DocsAsset } from './utils/docs-assets.ts'

/** The app's dependencies. Everything that differs between runtimes and tests is passed in here. */
export type Deps = CoreDeps & {
  config: Config
  /**
   * Where this service is reached from outside, with no slash at the end: by the configuration, or, on one machine, by where it
   * listens. Never by what a request says.
   */
  publicUrl: () => string | undefined
  /**
   * Returns the peer's address as the platform knows it, in canonical form. Never from a header that a client could have
   * written.
   */
  clientAddress: (context: ClientContext) => string | undefined
  /**
   * A cheap count in front of the database's: false if the client behind this key has sent too much. Missing where the
   * platform has none. It may count low, and never throws.
   */
  gate: ((key: string) => Promise<boolean>) | undefined
  /** What counts requests. Missing where nobody asked for it. */
  metrics: Metrics | undefined
  /** The package's, for the documentation. */
  version: string
  docsAsset: (name: DocsAsset) => Promise<Uint8Array<ArrayBuffer> | ReadableStream>
}

/** A request's headers, and the bindings that the runtime's server passes with it. */
export type ClientContext = { header: (name: string) => string | undefined; env: unknown }

/** What is counted of a request. All texts are of closed lists, so that nobody is named and their number is bounded. */
export type Answered = {
  /** One of those that routes have, or OTHER. */
  method: string
  /** The pattern of the route, or that of no route. */
  route: string
  status: number
  outcome: 'success' | 'refused' | ProblemCode | CredentialRefusal['outcome']
  milliseconds: number
}

/** Counts requests. Never throws, and never waits. */
export type Metrics = { answered: (request: Answered) => void }
