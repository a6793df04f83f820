import { everyStatement } from '../../src/database/statement.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { uuidv7 } from '../../src/utils/uuid.ts'
import { addressOf } from '../support/addresses.ts'
import { keyOf, usernameOf } from '../support/seeding.ts'
import '../../src/app.ts'

export const STATEMENTS = [
  'select_actor',
  'use_refresh_token',
  'count_log_in_by_username_key',
  'open_session',
] as const
export type StatementName = (typeof STATEMENTS)[number]

export type HotStatements = {
  /** Sends the statement once, each time for another user. */
  call: (name: StatementName) => Promise<void>
  close: () => Promise<void>
}

const STRIDE = 7919
const DAY_SECONDS = 86_400
/** Ten an hour. */
const LIMIT = { interval_us: 360_000_000, capacity_us: 3_600_000_000, forgiven_us: 360_000_000 }
/** What state changes record of the request that they are due to. */
const NO_ORIGIN = { auditIp: null, auditRequestId: null }
const CLIENT = { ip: '192.0.2.1', userAgent: 'bench' }

/** Steps by a prime, so that the users come in mixed order, and all of them before any comes twice. */
export function spreadUser(turn: number, users: number): number {
  return 1 + ((turn * STRIDE) % users)
}

/** Runs the service's own statements on a seeded database, one at a time. */
export function hotStatements(url: string, users: number): HotStatements {
  const { db, close } = connectPostgres(url)
  const calls = new Map<StatementName, number>()

  const valuesOf: Record<StatementName, (user: number) => Record<string, unknown>> = {
    select_actor: (user) => ({ userId: keyOf('user', user), sessionId: keyOf('session', user) }),
    use_refresh_token: (user) => ({
      ...CLIENT,
      userId: keyOf('user', user),
      sessionId: keyOf('session', user),
      generation: 0,
      issuedAt: new Date(),
      idleSeconds: DAY_SECONDS,
      graceSeconds: 10,
      mfaPolicy: 'off',
      mailId: null,
      language: 'en',
    }),
    count_log_in_by_username_key: (user) => ({
      key: usernameOf(user),
      client: addressOf('user', user),
      pattern: addressOf('user', user),
      tries: triesOf(user),
    }),
    open_session: (user) => ({
      ...CLIENT,
      sessionId: uuidv7(Date.now()),
      userId: keyOf('user', user),
      epoch: 0,
      issuedAt: new Date(),
      idleSeconds: DAY_SECONDS,
      lifetimeSeconds: 30 * DAY_SECONDS,
      maxOthers: 49,
      requiresVerifiedEmail: false,
      receipt: receiptOf(user),
    }),
  }
  const prepared = new Map(
    everyStatement().map(({ name, prepare }) => [name, prepare(db)] as const),
  )
  return {
    async call(name) {
      const turn = calls.get(name) ?? 0
      calls.set(name, turn + 1)
      const values = { ...NO_ORIGIN, ...valuesOf[name](spreadUser(turn, users)) }
      const answer = await prepared.get(name)?.execute(values)
      if (!answer?.[0]) throw new Error(`${name} found nothing`)
    },
    close,
  }
}

/** What a log-in counts against, in the form of `triesOf` of core/limits. */
function triesOf(user: number): string {
  const client = { name: 'login_client', key: `login_client ${addressOf('user', user)}` }
  const account = { name: 'login_account', key: `login_account ${usernameOf(user)}` }
  return JSON.stringify([
    { at: 0, ...client, ...LIMIT, is_about: false },
    { at: 1, ...account, ...LIMIT, is_about: true },
  ])
}

/** What takes that back. */
function receiptOf(user: number): string {
  const keys = [`login_client ${addressOf('user', user)}`, `login_account ${keyOf('user', user)}`]
  return JSON.stringify(keys.map((key) => ({ key, forgiven_us: LIMIT.forgiven_us })))
}
