import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { cleanUp } from '../../src/core/cleanup/clean-up.ts'
import { PURGES } from '../../src/core/cleanup/purge.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'

let t: PostgresTestApp
let userId: string
beforeAll(async () => {
  t = await createPostgresTestApp()
  userId = (await t.signup()).id
})
afterAll(() => t.close())
beforeEach(() => t.sql`delete from sessions`)

const logger = { info: () => {}, warn: () => {}, error: () => {} }

async function addSessions(count: number, daysAgo: number) {
  await t.sql`insert into sessions (id, user_id, epoch, issued_at, idle_expires_at, expires_at, purge_on)
    select gen_random_uuid(), ${userId}, 0, now(), now(), now(), (now() at time zone 'utc')::date - ${daysAgo}::int
    from generate_series(1, ${count})`
}
async function remaining() {
  const [row] = await t.sql<[{ count: number }]>`select count(*)::int as count from sessions`
  return row.count
}

it('removes each old session once when it runs twice at once, and no other', async () => {
  await addSessions(5_000, 1)
  await addSessions(10, 0)
  const removed = await Promise.all([
    cleanUp({ ...t.deps, logger }),
    cleanUp({ ...t.deps, logger }),
  ])
  expect(removed.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(5_000)
  expect(await remaining()).toBe(10)
})

it('keeps to its slice, whatever plan the database makes', async () => {
  await addSessions(500, 1)
  expect(await PURGES.sessions(t.db, 7)).toBe(7)
  await t.sql`analyze sessions`
  expect(await PURGES.sessions(t.db, 7)).toBe(7)
  expect(await remaining()).toBe(486)
})

it('goes round a session that somebody else holds, without waiting', async () => {
  await addSessions(20, 1)
  await t.sql.begin(async (holder) => {
    await holder`select id from sessions limit 1 for update`
    // The holder lets go only afterwards: to wait for it would end in the statement's time limit.
    expect(await cleanUp({ ...t.deps, logger })).toMatchObject({ sessions: 19 })
  })
  expect(await cleanUp({ ...t.deps, logger })).toMatchObject({ sessions: 1 })
})
