import { identifierKey as keyOf } from '../../utils/identifiers.ts'
import { networkOf } from '../../utils/ip-address.ts'
import type { CoreDeps } from '../deps.ts'
import {
  ALWAYS_LIMITED,
  LIMITED,
  LIMITS,
  type Limit,
  type Limited,
  type LimitName,
} from './limits.ts'

type Deps = Pick<CoreDeps, 'config' | 'pseudonyms' | 'mailer'>

/** Whom a try is counted for. */
type Subject = {
  /** The address of the client, or null if the platform does not know it. */
  ip?: string | null
  /** The identifier or address that the try is about, as typed or in canonical form. */
  identifier?: string
  sessionId?: string
  userId?: string
}

/** One row to count: its key, how long one try takes to come back, and how much may be used up at once. */
type Try = {
  at: number
  name: LimitName
  key: string
  interval_us: number
  capacity_us: number
  /** True if the key is that of the account, where the statement finds one. */
  is_about: boolean
  /** How much of it a success takes back. */
  forgiven_us: number
}

/** What leads to the same mailbox at most providers. */
const PLUS_TAG = /\+[^@]*(?=@[^@]*$)/
const MICROSECONDS = 1_000_000

/**
 * Returns what a try counts against, as the parameter of a statement that counts it. Clients, accounts and addresses are
 * pseudonyms. All clients whose address is unknown share one.
 */
export async function triesOf(deps: Deps, limited: Limited, subject: Subject): Promise<string> {
  const limits = deps.config.limits ?? (ALWAYS_LIMITED.includes(limited) ? LIMITS : undefined)
  if (!limits) return NONE
  const names = LIMITED[limited].filter((name) => deps.mailer || !OF_MAIL.test(name))
  const tries = names.map(async (name, at): Promise<Try> => {
    const counter = COUNTERS[name]
    const key = `${name} ${await counter.key(deps, subject, limited)}`
    return { at, name, key, ...gcra(limits[name], counter), is_about: counter.isAbout === true }
  })
  return JSON.stringify(await Promise.all(tries))
}

/** Without a mailer there are no mails to count. */
const OF_MAIL = /^(mail|notice)_/

/** Returns the part of a receipt that is about mails. */
export function mailsOf(receipt: string): string {
  const rows = JSON.parse(receipt) as { key: string }[]
  return JSON.stringify(rows.filter(({ key }) => OF_MAIL.test(key)))
}

/** Counts nothing. */
export const NONE = '[]'

type KeyOf = (deps: Deps, subject: Subject, limited: Limited) => string | Promise<string>

const client: KeyOf = (deps, { ip = null }) => clientKey(deps, ip)
const account: KeyOf = ({ pseudonyms }, { identifier = '' }) =>
  pseudonyms.account(keyOf(identifier))

/** All addresses of a mailbox that differ by their plus tag alone. */
const mailbox: KeyOf = ({ pseudonyms }, { identifier = '' }) =>
  pseudonyms.account(keyOf(identifier).replace(PLUS_TAG, ''))

type Counter = {
  key: KeyOf
  /** The key in the database is the account's id, where there is one. */
  isAbout?: true
  /** What part of a failure a success costs. */
  costOfSuccess?: number
  /** A counter that everybody adds to is so many rows, so that not all wait for one. */
  shards?: number
}

const SHARDS = 16

/** One of the rows of a counter that everybody adds to, by chance. */
function shardOf(name: 'mail_all' | 'audit_all'): KeyOf {
  return ({ config }) => {
    const { count } = config.limits?.[name] ?? LIMITS[name]
    return String(randomBelow(Math.min(SHARDS, count)))
  }
}

const COUNTERS: Record<LimitName, Counter> = {
  // A client that always succeeds makes the service hash all the same.
  login_client: { key: client, costOfSuccess: 0.2 },
  login_account: { key: account, isAbout: true },
  login_account_checked: { key: account, isAbout: true },
  // Whoever guesses at the log-in does not keep those out who are in.
  mfa_account: {
    key: (_, { userId = '', sessionId }) => (sessionId ? `${userId} ${sessionId}` : userId),
  },
  password_session: { key: (_, { sessionId = '' }) => sessionId },
  profile_account: { key: (_, { userId = '' }) => userId },
  signup_client: { key: client },
  reset_client: { key: client },
  outgoing_client: { key: client },
  provider_client: { key: client },
  mail_client: { key: client },
  mail_address: {
    key: async (deps, subject, limited) => `${limited} ${await mailbox(deps, subject, limited)}`,
  },
  notice_account: { key: (_, { userId = '' }) => userId },
  mail_all: { key: shardOf('mail_all'), shards: SHARDS },
  audit_subject: {
    key: (deps, subject, limited) => {
      if (subject.userId !== undefined) return subject.userId
      return (subject.identifier === undefined ? client : account)(deps, subject, limited)
    },
  },
  audit_all: { key: shardOf('audit_all'), shards: SHARDS },
}

/** The pseudonym of a client: of its IPv4 address, or of its IPv6 network, for one client has a whole /64. */
export function clientKey({ pseudonyms }: Pick<CoreDeps, 'pseudonyms'>, ip: string | null) {
  return ip === null ? 'unknown' : pseudonyms.address(networkOf(ip))
}

/** Whole microseconds, so that exactly `count` fit. Of shards there are no more than the count fills. */
function gcra({ count, periodSeconds }: Limit, { costOfSuccess = 0, shards = 1 }: Counter) {
  const share = Math.floor(count / Math.min(shards, count))
  const interval = Math.floor((periodSeconds * MICROSECONDS) / share)
  return {
    interval_us: interval,
    capacity_us: interval * share,
    forgiven_us: Math.floor(interval * (1 - costOfSuccess)),
  }
}

function randomBelow(bound: number): number {
  return (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) % bound
}
