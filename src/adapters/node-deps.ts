import { availableParallelism } from 'node:os'
import manifest from '../../package.json' with { type: 'json' }
import type { Config } from '../config/index.ts'
import { createPseudonyms } from '../core/audit/pseudonyms.ts'
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
 * libuv's pool has one thread a core. Each gets one hash to work on and one in reserve, so that it never waits for the
 * event loop. Token checks do not use that pool, and so never wait for it.
 */
const HASHES_PER_CORE = 2
/** About as many as two cores can serve before the clients give up, at a dozen milliseconds a hash. */
const MAX_WAITING_HASHES = 512
const MAX_WAIT_MILLISECONDS = 5_000

/** Makes the dependencies of the service on Node, over a connected database. */
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
    pseudonyms: await createPseudonyms(config.tokens, importKey),
    logger,
    clientAddress: clientAddressBehind(config.http.trustedProxyCount),
    version: manifest.version,
    docsAsset: readDocsAsset,
  }
}
