import { expect } from 'vitest'
import { createBreaches } from '../../src/adapters/breaches-http.ts'
import { factorDeps } from '../../src/adapters/factor-deps.ts'
import { importKey } from '../../src/adapters/keys-web.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { mailDeps } from '../../src/adapters/mail-deps.ts'
import { mailboxMailer } from '../../src/adapters/mailer-mailbox.ts'
import { outbound } from '../../src/adapters/outbound.ts'
import { turnstile } from '../../src/adapters/turnstile.ts'
import { createApp } from '../../src/app.ts'
import { parseConfig } from '../../src/config/index.ts'
import { NO_REQUEST } from '../../src/core/audit/origin.ts'
import { createPseudonyms } from '../../src/core/audit/pseudonyms.ts'
import { createProviders } from '../../src/core/federation/create-providers.ts'
import { deliverMails } from '../../src/core/outbox/deliver.ts'
import type { CommonPasswords } from '../../src/core/passwords/common.ts'
import type { Passwords } from '../../src/core/passwords/passwords.ts'
import { importKeys } from '../../src/core/tokens/key-rings.ts'
import { createTokens } from '../../src/core/tokens/tokens.ts'
import type { Connection } from '../../src/database/index.ts'
import type { Deps } from '../../src/deps.ts'
import { canonicalAddress } from '../../src/utils/ip-address.ts'
import { GENEROUS } from './limits.ts'
import { quoted } from './names.ts'

export const SECRET = 'a-key-that-only-the-tests-know-0123456789'
export const PASSWORD = 'correct horse battery staple'
/** Weak on purpose, so that a suite of log-ins takes no minutes; a few files test the real parameters. */
export const CHEAP = { memoryKiB: 64, iterations: 1, parallelism: 1 }
export const QUEUE = { width: 2, maxWaiting: 100, maxWaitMilliseconds: 10_000 }
/** `PASSWORD` under weaker parameters than any runtime uses. */
export const OUTDATED =
  '$argon2id$v=19$m=32,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$TsZjWyEk2/rsSP2aCRJSfhvKqbpv0pzCmCsgHno8VYQ'

/** What a user is shown of the account, in this order. */
export const USER_FIELDS = [
  ...['id', 'username', 'email', 'email_verified', 'created_at', 'display_name', 'locale'],
  ...['avatar_url', 'user_data', 'app_data', 'roles', 'permissions'],
]

export type TestPorts = {
  connection: Connection
  passwords: Passwords
  commonPasswords: CommonPasswords
  docsAsset?: Deps['docsAsset']
  /** How many statements were sent so far. */
  statements: () => number
}
export type TestOptions = { env?: Record<string, string>; deps?: Partial<Deps> }
export type TestApp = Awaited<ReturnType<typeof assembleOne>> & {
  /** Another app over the same database. Much cheaper than one with a database of its own; it needs no closing. */
  beside: (options: TestOptions) => Promise<TestApp>
}

/** A mail in the mailbox of development. */
export type KeptMail = {
  id: string
  to: string
  subject: string
  text: string
  html: string
  links: string[]
}

type Tokens = { access_token: string; refresh_token: string; expires_in: number }
export type Person = { username: string; email: string; password: string }

let people = 0

/** The real app over real ports, with a clock that can be moved and a log that can be read. */
export async function assembleTestApp(
  ports: TestPorts,
  options: TestOptions = {},
): Promise<TestApp> {
  const beside = (others: TestOptions) => assembleTestApp(ports, others)
  return { ...(await assembleOne(ports, options)), beside }
}

async function assembleOne(ports: TestPorts, { env, deps }: TestOptions) {
  const config = parseConfig({
    JWT_SECRET_KEY: SECRET,
    CORS_ORIGINS: 'https://app.example.org',
    MAIL_PROVIDER: 'mailbox',
    LOGIN_CODES: 'true',
    PUBLIC_URL: 'http://localhost:8000',
    RATE_LIMITS: GENEROUS,
    ...env,
  })
  const log: Record<string, unknown>[] = []
  let ahead = 0
  let awakened = 0
  const logger = createLogger((line) => log.push(JSON.parse(line)))
  const allDeps: Deps = {
    config,
    db: ports.connection.db,
    origin: NO_REQUEST,
    clock: {
      ...ports.connection.clock,
      now: () => new Date(ports.connection.clock.now().getTime() + ahead),
    },
    passwords: ports.passwords,
    commonPasswords: ports.commonPasswords,
    breaches: createBreaches(config.passwords, logger),
    tokens: createTokens(config.tokens, await importKeys(config.tokens, importKey)),
    pseudonyms: await createPseudonyms(config.tokens, importKey),
    mailer: config.mail.provider === 'none' ? undefined : mailboxMailer,
    ...(await mailDeps(config, importKey)),
    ...(await factorDeps(config, importKey)),
    providers: createProviders(config.federation, outbound(), ports.connection.clock.now),
    publicUrl: () => config.links.publicUrl,
    humans: turnstile(config.turnstile),
    postman: { wake: () => awakened++ },
    logger,
    clientAddress: ({ header }) => canonicalAddress(header('x-test-address') ?? '192.0.2.1'),
    gate: undefined,
    metrics: undefined,
    version: '0.0.0-tests',
    docsAsset: ports.docsAsset ?? (async (name) => new TextEncoder().encode(name)),
    ...deps,
  }
  const app = createApp(allDeps)

  const request = (path: string, init: RequestInit = {}) => Promise.resolve(app.request(path, init))
  const post = (path: string, body: unknown, token?: string) =>
    request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(token) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const get = (path: string, token?: string) => request(path, { headers: bearer(token) })

  const unsentTo = (address: string) =>
    ports.connection.executor.column(
      `select id from edge_auth.outbox where sent_at is null and lower(recipient) = ${quoted(address.toLowerCase())}`,
    )

  return {
    app,
    config,
    deps: allDeps,
    log,
    request,
    post,
    get,
    column: ports.connection.executor.column,
    close: ports.connection.close,
    /** Moves the clock that dates and judges tokens; rows live by the database's all the same. */
    advance: (seconds: number) => {
      ahead += seconds * 1000
    },
    /** How many round trips to the database `work` took. */
    roundTrips: async (work: () => Promise<unknown>) => {
      const before = ports.statements()
      await work()
      return ports.statements() - before
    },
    /** How often the postman was woken; it does not come by itself. */
    awakened: () => awakened,
    /** Sends what is due, as the postman would. */
    deliver: () => deliverMails(allDeps),
    /** The mails to an address, the last one first, as the mailbox of development shows them. Delivers what is due before. */
    mailsTo: async (address: string): Promise<KeptMail[]> => {
      await deliverMails(allDeps)
      // Where tests share a database, another may have it in hand.
      await expect.poll(() => unsentTo(address)).toEqual([])
      const answer = await request(`/dev/mail?to=${encodeURIComponent(address)}`, {
        headers: { accept: 'application/json', 'x-test-address': '127.0.0.1' },
      })
      return ((await answer.json()) as { mails: KeptMail[] }).mails
    },
    /** Signs up somebody nobody else in the run is. */
    signup: async (): Promise<Person & { id: string }> => {
      const name = `p${++people}x${crypto.randomUUID().slice(0, 8)}`
      const person = { username: name, email: `${name}@example.org`, password: PASSWORD }
      const response = await post('/auth/signup', person)
      return { ...person, ...((await response.json()) as { id: string }) }
    },
    login: async ({ username, password }: Person): Promise<Tokens> => {
      const response = await post('/auth/login', { username_or_email: username, password })
      if (response.status !== 200) throw new Error(`log-in failed: ${await response.text()}`)
      return response.json()
    },
    refresh: (refreshToken: string) =>
      request('/auth/refresh', { method: 'POST', headers: bearer(refreshToken) }),
  }
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}
