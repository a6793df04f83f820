import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { drizzleOver } from '../../src/database/drizzle.ts'
import { SCHEMA_VERSION } from '../../src/database/schema/version.ts'
import { findSchemaState } from '../../src/features/meta/health/repository.ts'
import { OWN_SCHEMA } from '../../src/models/schema.ts'
import { PASSWORD } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { type Subject, signUpAndIn } from '../support/faults.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'

/** Alone within two seconds (bench -- --faults); here other suites run beside it. */
const HEALED_WITHIN_MILLISECONDS = 4_000

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess
let subject: Subject

beforeAll(async () => {
  database = await createDatabase()
  service = await startNode({ DATABASE_URL: database.url })
  subject = await signUpAndIn(service)
})
afterAll(async () => {
  await service.kill()
  await database.drop()
})

const login = () =>
  service.post('/auth/login', { username_or_email: subject.username, password: PASSWORD })
const me = () => service.get('/auth/me', subject.tokens.access_token)

/** What a failover does: sessions end, and those that come after can only read, or can write again. */
async function setReadOnly(isReadOnly: boolean): Promise<void> {
  await database.admin.unsafe(
    `alter database ${database.name} set default_transaction_read_only = ${isReadOnly}`,
  )
  if (isReadOnly) {
    await database.admin`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${database.name} and application_name = 'edge-auth'`
  }
}

async function millisecondsUntil(isDone: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now()
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 50))
  return performance.now() - startedAt
}

it.each([1, 2])(
  'goes on reading, says 503 to writes, and writes again at once when it can (%i)',
  async () => {
    await setReadOnly(true)
    await expect.poll(async () => (await me()).status).toBe(200)
    for (const answer of await Promise.all([login(), login(), login()])) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([
        503,
        expect.stringMatching(/^[2-9]$/),
      ])
    }
    const ready = await service.get('/health/ready')
    expect([ready.status, (await ready.json()).detail]).toEqual([
      503,
      'The database can be read, but not written to.',
    ])
    expect((await me()).status).toBe(200)

    // Without ending any session: those that are open would keep the setting for as long as they live.
    await setReadOnly(false)
    const isWritable = async () => (await login()).status === 200
    expect(await millisecondsUntil(isWritable)).toBeLessThan(within(HEALED_WITHIN_MILLISECONDS))
    const all = await Promise.all(Array.from({ length: 20 }, login))
    expect(all.filter(({ status }) => status === 200).length).toBeGreaterThan(15)
    await expect.poll(async () => (await service.get('/health/ready')).status).toBe(200)
    expect(service.output()).toContain('"sqlstate":"25006"')
  },
)

it('reads by a cookie, too, whose use would be written down by now', async () => {
  const headers = { origin: service.base, 'x-edge-auth': '1', 'sec-fetch-site': 'same-origin' }
  const opened = await fetch(`${service.base}/auth/login`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ username_or_email: subject.username, password: PASSWORD },
      transport: 'cookie',
    }),
  })
  expect(opened.status).toBe(200)
  const cookie = /^[^;]+/.exec(opened.headers.get('set-cookie') ?? '')?.[0] ?? ''
  const read = () => fetch(`${service.base}/auth/me`, { headers: { ...headers, cookie } })
  const moved = async () => {
    const [row] = await database.sql`select rotated_at > now() - interval '1 minute' as is_moved
      from edge_auth.sessions where transport = 'cookie'`
    return row?.is_moved
  }
  await database.sql`update edge_auth.sessions set rotated_at = now() - interval '1 hour'
    where transport = 'cookie'`
  await setReadOnly(true)
  await expect.poll(async () => (await login()).status).toBe(503)
  for (let times = 0; times < 3; times++) expect((await read()).status).toBe(200)
  expect(await moved()).toBe(false)
  await setReadOnly(false)
  await expect.poll(async () => (await login()).status).toBe(200)
  expect((await read()).status).toBe(200)
  await expect.poll(moved).toBe(true)
})

it('is ready again by being asked alone, with nobody to write', async () => {
  await setReadOnly(true)
  await expect.poll(async () => (await service.get('/health/ready')).status).toBe(503)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  await setReadOnly(false)
  const isReady = async () => (await service.get('/health/ready')).status === 200
  expect(await millisecondsUntil(isReady)).toBeLessThan(within(HEALED_WITHIN_MILLISECONDS))
})

it('writes nothing by asking: no transaction of it ever gets a number', async () => {
  const client = new pg.Client(database.url)
  await client.connect()
  const { db } = drizzleOver(({ text, params: values }) =>
    client.query<unknown[]>({ text, values, rowMode: 'array' }),
  )
  await client.query('begin')
  expect(await findSchemaState(db, OWN_SCHEMA)).toEqual({ version: SCHEMA_VERSION, isUsable: true })
  const { rows } = await client.query('select pg_current_xact_id_if_assigned()::text as id')
  expect(rows).toEqual([{ id: null }])
  await client.query('commit')
  await client.end()
})
