import pg from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { keyOf, seed, usernameOf } from '../../bench/support/seeding.ts'
import { drizzleOver } from '../../src/database/drizzle.ts'
import type { Database } from '../../src/database/index.ts'
import { migrate } from '../../src/database/migrate.ts'
import type { Sent } from '../../src/database/send.ts'
import { everyStatement } from '../../src/database/statement.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { uuidv7 } from '../../src/utils/uuid.ts'
import { type SqlClient, sqlClient } from '../support/sql.ts'
import '../../src/app.ts'

/** Enough rows for the planner to leave a sequential scan by itself. */
const USERS = 20_000
const USER = 12_345
const NAME = `explain_${process.pid}`
const TABLES = ['users', 'credentials', 'sessions']

type Explained = { 'QUERY PLAN': { Plan: Plan }[] }
type Plan = { 'Node Type': string; 'Relation Name'?: string; Plans?: Plan[] }

const userId = keyOf('user', USER)
const sessionId = keyOf('session', USER)
const caller = { sessionId, userId }
const client = { ip: null, userAgent: null }
const times = { issuedAt: new Date(), idleSeconds: 3600 }
const newSession = {
  ...caller,
  ...client,
  ...times,
  sessionId: uuidv7(Date.now()),
  epoch: 0,
  lifetimeSeconds: 3600,
  maxOthers: 49,
}
const newHash = { oldHash: '$', newHash: '$$' }
const name = { username: 'newcomer', usernameKey: 'newcomer' }
const newcomer = { ...name, email: 'n@example.org', emailKey: 'n@example.org', passwordHash: '$' }

/** Values for statements whose plan may hang on them. */
const VALUES: Record<string, Record<string, unknown>> = {
  select_actor: caller,
  select_actors: { sessionId: [sessionId, sessionId], userId: [userId, userId] },
  use_refresh_token: {
    ...caller,
    ...client,
    ...times,
    generation: 0,
    graceSeconds: 10,
  },
  select_account_by_username_key: { key: usernameOf(USER) },
  select_account_by_email_key: { key: `${usernameOf(USER)}@example.org` },
  open_session: newSession,
  open_session_and_renew_hash: { ...newSession, ...newHash, sessionId: uuidv7(Date.now()) },
  insert_user: { ...newcomer, id: uuidv7(Date.now()) },
  select_taken: newcomer,
  select_live_sessions: { userId },
  select_own_account: caller,
  replace_password: { ...caller, ...newHash },
  end_other: { ...caller, targetId: sessionId },
  end_caller: caller,
  end_all: { ...caller, keptId: null },
}
let admin: SqlClient
let sql: SqlClient
let connection: pg.Client
let db: Database
let sent: Sent | undefined

beforeAll(async () => {
  admin = sqlClient(inject('postgresUrl'))
  await admin.unsafe(`create database ${NAME}`)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${NAME}`
  const { executor, close } = connectPostgres(url.href)
  await migrate(executor)
  await close()
  await seed(url.href, USERS)
  sql = sqlClient(url.href)
  connection = new pg.Client(url.href)
  await connection.connect()
  const send = (statement: Sent) => {
    sent = statement
    const { text, params: values } = statement
    return connection.query<unknown[]>({ text, values, rowMode: 'array' })
  }
  db = drizzleOver(send).db
})

afterAll(async () => {
  await sql?.end()
  await connection?.end()
  await admin?.unsafe(`drop database if exists ${NAME} with (force)`)
  await admin?.end()
})

function scans(plan: Plan): string[] {
  const own = plan['Relation Name'] ? [`${plan['Node Type']} on ${plan['Relation Name']}`] : []
  return [...own, ...(plan.Plans ?? []).flatMap(scans)]
}

async function explained(text: string, params: unknown[]): Promise<string[]> {
  const [row] = await sql.unsafe<Explained[]>(`explain (format json) ${text}`, params)
  const plans = row?.['QUERY PLAN'] ?? []
  return plans.flatMap(({ Plan }) => scans(Plan))
}

/** How Postgres plans a statement that was prepared and used a few times: for no values in particular. */
async function explainedForAnyValue(text: string): Promise<string[]> {
  const places = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place)))
  const [row] = await sql.begin(async (transaction) => {
    await transaction.unsafe(`set local plan_cache_mode = force_generic_plan`)
    await transaction.unsafe(`prepare explained as ${text}`)
    const nulls = Array.from({ length: places }, () => 'null').join(', ')
    const given = places > 0 ? `(${nulls})` : ''
    const rows = await transaction.unsafe<Explained[]>(
      `explain (format json) execute explained${given}`,
    )
    await transaction.unsafe('deallocate explained')
    return rows
  })
  const plans = row?.['QUERY PLAN'] ?? []
  return plans.flatMap(({ Plan }) => scans(Plan))
}

const reading = (scan: string) => TABLES.some((table) => scan.endsWith(` on ${table}`))
const whole = (scan: string) => scan.startsWith('Seq Scan') && reading(scan)

it.each(everyStatement())('$name never reads a whole table', async ({ prepare }) => {
  const { sql: text } = prepare(db).getQuery()
  expect((await explainedForAnyValue(text)).filter(whole)).toEqual([])
})

it.each(Object.entries(VALUES))('%s reads by index with values too', async (name, values) => {
  await everyStatement()
    .find((one) => one.name === name)
    ?.prepare(db)
    .execute(values)
  const { text, params } = sent ?? { text: '', params: [] }
  const found = await explained(text, params)
  expect(found.some(reading)).toBe(true)
  expect(found.filter(whole)).toEqual([])
})

it('would show a statement that reads a whole table', async () => {
  const text = 'select id from users where username = $1'
  expect(await explained(text, [usernameOf(USER)])).toContain('Seq Scan on users')
  expect(await explainedForAnyValue(text)).toContain('Seq Scan on users')
})
