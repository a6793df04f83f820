import { availableParallelism } from 'node:os'
import manifest from '../../package.json' with { type: 'json' }
import type { Config } from '../config/index.ts'
import { NO_REQUEST } from '../core/audit/origin.ts'
import { createPseudonyms } from '../core/audit/pseudonyms.ts'
import { createProviders } from '../core/federation/create-providers.ts'
import { deliverMails } from '../core/outbox/deliver.ts'
import { createCommonPasswords } from '../core/passwords/common.ts'
import { createPasswords } from '../core/passwords/passwords.ts'
import { importKeys } from '../core/tokens/key-rings.ts'
import { createTokens } from '../core/tokens/tokens.ts'
import type { Connection } from '../database/index.ts'
import type { Deps } from '../deps.ts'
import type { Logger } from '../utils/log.ts'
import { loadArgon2 } from './argon2-node.ts'
import { createBreaches } from './breaches-http.ts'
import { clientAddressBehind } from './client-address-node.ts'
import { readCommonPasswords } from './common-passwords-node.ts'
import { readDocsAsset } from './docs-assets-node.ts'
import { factorDeps } from './factor-deps.ts'
import { importKey } from './keys-node.ts'
import { mailDeps } from './mail-deps.ts'
import { nodeMailer } from './mailer-node.ts'
import type { NodeMetrics } from './metrics-node.ts'
import { outbound } from './outbound.ts'
import { createPostman, type NodePostman } from './postman-node.ts'
import { turnstile } from './turnstile.ts'

/**
 * libuv's pool has one thread a core. Each gets one hash to work on and one in reserve, so that it never waits for the
 * event loop. Token checks do not use that pool, and so never wait for it.
 */
const HASHES_PER_CORE = 2
/** About as many as two cores can serve before the clients give up, at a dozen milliseconds a hash. */
const MAX_WAITING_HASHES = 512
const MAX_WAIT_MILLISECONDS = 5_000

/**
 * Makes the dependencies of the service on Node, over a connected database. `publicUrl` says where links in mails lead if
 * the configuration does not, which is known once the service listens. `metrics` then watch what is made here.
 */
export async function nodeDeps(
  config: Config,
  { db, clock, load }: Pick<Connection, 'db' | 'clock' | 'load'>,
  logger: Logger,
  publicUrl?: () => string | undefined,
  metrics?: NodeMetrics,
): Promise<Deps & { postman: NodePostman }> {
  const { isNative, ...argon2id } = await loadArgon2(logger)
  const mailer = nodeMailer(config.mail)
  const { oneTimeTokens, renderMail } = await mailDeps(config, importKey, publicUrl)
  const passwords = createPasswords(argon2id, {
    width: isNative ? HASHES_PER_CORE * availableParallelism() : 1,
    maxWaiting: MAX_WAITING_HASHES,
    maxWaitMilliseconds: MAX_WAIT_MILLISECONDS,
  })
  metrics?.watch({ passwords, pool: load })
  return {
    config,
    db,
    origin: NO_REQUEST,
    clock,
    passwords,
    commonPasswords: createCommonPasswords(readCommonPasswords, logger),
    breaches: createBreaches(config.passwords, logger),
    tokens: createTokens(config.tokens, await importKeys(config.tokens, importKey)),
    pseudonyms: await createPseudonyms(config.tokens, importKey),
    ...{ mailer, oneTimeTokens, renderMail },
    ...(await factorDeps(config, importKey)),
    providers: createProviders(config.federation, outbound(), () => clock.now()),
    publicUrl: () => config.links.publicUrl ?? publicUrl?.(),
    humans: turnstile(config.turnstile),
    postman: createPostman(
      (isOver) => deliverMails({ db, logger, mailer, renderMail }, isOver),
      logger,
    ),
    logger,
    clientAddress: clientAddressBehind(config.http.trustedProxyCount),
    gate: undefined,
    metrics,
    version: manifest.version,
    docsAsset: readDocsAsset,
  }
}
