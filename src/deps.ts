import type { Config } from './config/index.ts'
import type { CoreDeps } from './core/deps.ts'
import type { DocsAsset } from './utils/docs-assets.ts'

/** The app's dependencies. Everything that differs between runtimes and tests is passed in here. */
export type Deps = CoreDeps & {
  config: Config
  /**
   * Returns the peer's address as the platform knows it, in canonical form. Never from a header that a client could have
   * written.
   */
  clientAddress: (context: ClientContext) => string | undefined
  /** The package's, for the documentation. */
  version: string
  docsAsset: (name: DocsAsset) => Promise<Uint8Array<ArrayBuffer> | ReadableStream>
}

/** A request's headers, and the bindings that the runtime's server passes with it. */
export type ClientContext = { header: (name: string) => string | undefined; env: unknown }
