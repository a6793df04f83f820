// A named import leaves the rest of the manifest out of the bundle. Node has none of JSON, and never runs this file.
import { version } from '../../package.json'
import type { Config } from '../config/index.ts'
import { createPseudonyms } from '../core/audit/pseudonyms.ts'
import { createPasswords } from '../core/passwords/passwords.ts'
import { argon2idOver } from '../core/passwords/phc.ts'
import { importKeys } from '../core/tokens/key-rings.ts'
import { createTokens } from '../core/tokens/tokens.ts'
import type { NeonConnection } from '../database/neon.ts'
import type { Deps } from '../deps.ts'
import { canonicalAddress } from '../utils/ip-address.ts'
import type { Logger } from '../utils/log.ts'
import { deriveOnWorkers } from './argon2-worker.ts'
import { importKey } from './keys-web.ts'

/** One thread gains nothing from concurrent hashes. Each holds 19 MiB of the isolate's 128. */
const QUEUE = { width: 1, maxWaiting: 128, maxWaitMilliseconds: 10_000 }

/** Static assets of the Worker (wrangler.toml). */
export type Assets = { fetch: (url: URL) => Promise<Response> }

/** Makes the dependencies of the service on Workers, over a connected database. */
export async function workerDeps(
  config: Config,
  { db, clock, isAnyInFlight }: NeonConnection,
  logger: Logger,
  assets: Assets,
): Promise<Deps> {
  return {
    config,
    db,
    clock,
    passwords: createPasswords(argon2idOver(deriveOnWorkers(isAnyInFlight, logger)), QUEUE),
    tokens: createTokens(config.tokens, await importKeys(config.tokens, importKey)),
    pseudonyms: await createPseudonyms(config.tokens, importKey),
    logger,
    // Cloudflare sets this header itself and overwrites any that a client sent.
    clientAddress: ({ header }) => canonicalAddress(header('cf-connecting-ip')),
    version,
    docsAsset: async (name) => {
      const { ok, body } = await assets.fetch(new URL(`https://assets.local/docs/${name}`))
      if (!ok || !body) throw new Error(`the asset ${name} was not deployed`)
      return body
    },
  }
}
