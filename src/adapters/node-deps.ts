import { availableParallelism } from 'node:os'
import manifest from '../../package.json' with { type: 'json' }
import type { Config } from '../config/index.ts'
import { createPasswords } from '../core/passwords/passwords.ts'
import { importKeys } from '../core/tokens/key-rings.ts'
import { createTokens } from '../core/tokens/tokens.ts'
import type { Connection } from '../database/index.ts'
import type { Deps } from '../deps.ts'
import type { Logger } from '../utils/log.ts'
import { loadArgon2 } from './argon2-node.ts'
import { clientAddressBehind } from './client-address-node.ts'
import { readDocsAsset } from './docs-assets-node.ts'
import { importKey } from './keys-node.ts'

/**
 * The pool has one thread a core: one hash for it to work on and one at hand, so that it need not wait for the event
 * loop's turn. Token checks wait for neither, for they have no part in that pool.
 */
const HASHES_PER_CORE = 2
/** At a dozen milliseconds a hash on two cores, about as many as can be served before their clients give up. */
const MAX_WAITING_HASHES = 512
const MAX_WAIT_MILLISECONDS = 5_000

/** The dependencies of the service on Node, over a connected database. */
export async function nodeDeps(
  config: Config,
  { db, clock }: Pick<Connection, 'db' | 'clock'>,
  logger: Logger,
): Promise<Deps> {
  const { isNative, ...argon2id } = await loadArgon2(logger)
  return {
    config,
    db,
    clock,
    passwords: createPasswords(argon2id, {
      width: isNative ? HASHES_PER_CORE * availableParallelism() : 1,
      maxWaiting: MAX_WAITING_HASHES,
      maxWaitMilliseconds: MAX_WAIT_MILLISECONDS,
    }),
    tokens: createTokens(config.tokens, await importKeys(config.tokens, importKey)),
    logger,
    clientAddress: clientAddressBehind(config.http.trustedProxyCount),
    version: manifest.version,
    docsAsset: readDocsAsset,
  }
}
