// A named import leaves the rest of the manifest out of the bundle. Node has none of JSON, and never runs this file.
import { version } from '../../package.json'
import type { Config } from '../config/index.ts'
import { NO_REQUEST } from '../core/audit/origin.ts'
import { createPseudonyms } from '../core/audit/pseudonyms.ts'
import { createProviders } from '../core/federation/create-providers.ts'
import { deliverMails } from '../core/outbox/deliver.ts'
import { createCommonPasswords } from '../core/passwords/common.ts'
import { createPasswords } from '../core/passwords/passwords.ts'
import { argon2idOver } from '../core/passwords/phc.ts'
import { importKeys } from '../core/tokens/key-rings.ts'
import { createTokens } from '../core/tokens/tokens.ts'
import type { NeonConnection } from '../database/neon.ts'
import type { Deps } from '../deps.ts'
import { canonicalAddress } from '../utils/ip-address.ts'
import type { Logger } from '../utils/log.ts'
import { deriveOnWorkers } from './argon2-worker.ts'
import { createBreaches } from './breaches-http.ts'
import { factorDeps } from './factor-deps.ts'
import { workerGate } from './gate-worker.ts'
import { importKey } from './keys-web.ts'
import { mailDeps } from './mail-deps.ts'
import { workerMailer } from './mailer-worker.ts'
import { workerMetrics } from './metrics-worker.ts'
import { outbound } from './outbound.ts'
import { createPostman } from './postman-worker.ts'
import { turnstile } from './turnstile.ts'

/** One thread gains nothing from concurrent hashes. Each holds 19 MiB of the isolate's 128. */
const QUEUE = { width: 1, maxWaiting: 128, maxWaitMilliseconds: 10_000 }

/** Static assets of the Worker (wrangler.toml). */
export type Assets = { fetch: (url: URL) => Promise<Response> }

/** What the Worker is bound to besides its variables. */
export type Bindings = {
  ASSETS: Assets
  EMAIL?: unknown
  RATE_LIMITER?: unknown
  ANALYTICS?: unknown
}

/** Makes the dependencies of the service on Workers, over a connected database. */
export async function workerDeps(
  config: Config,
  { db, clock, isAnyInFlight }: NeonConnection,
  logger: Logger,
  { ASSETS: assets, ...bindings }: Bindings,
): Promise<Deps> {
  const mailer = workerMailer(config.mail, bindings)
  const { oneTimeTokens, renderMail } = await mailDeps(config, importKey)
  return {
    config,
    db,
    origin: NO_REQUEST,
    clock,
    passwords: createPasswords(argon2idOver(deriveOnWorkers(isAnyInFlight, logger)), QUEUE),
    commonPasswords: createCommonPasswords(async () => {
      const file = new Response(await assetOf(assets, 'common-passwords.bin'))
      return new Uint8Array(await file.arrayBuffer())
    }, logger),
    breaches: createBreaches(config.passwords, logger),
    tokens: createTokens(config.tokens, await importKeys(config.tokens, importKey)),
    pseudonyms: await createPseudonyms(config.tokens, importKey),
    ...{ mailer, oneTimeTokens, renderMail },
    ...(await factorDeps(config, importKey)),
    providers: createProviders(config.federation, outbound(), clock.now),
    publicUrl: () => config.links.publicUrl,
    humans: turnstile(config.turnstile),
    postman: createPostman(
      (isOver) => deliverMails({ db, logger, mailer, renderMail }, isOver),
      logger,
    ),
    logger,
    // Cloudflare sets this header itself and overwrites any that a client sent.
    clientAddress: ({ header }) => canonicalAddress(header('cf-connecting-ip')),
    gate: workerGate(bindings.RATE_LIMITER, logger),
    metrics: workerMetrics(bindings.ANALYTICS, logger),
    version,
    docsAsset: (name) => assetOf(assets, `docs/${name}`),
  }
}

async function assetOf(assets: Assets, path: string): Promise<ReadableStream> {
  const { ok, body } = await assets.fetch(new URL(`https://assets.local/${path}`))
  if (!ok || !body)
    throw Object.assign(new Error(`the asset ${path} was not deployed`), { code: 'NOT_DEPLOYED' })
  return body
}
