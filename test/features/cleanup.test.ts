import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLogger } from '../../src/adapters/logger.ts'
import { cleanUp } from '../../src/core/cleanup/clean-up.ts'
import { PURGES } from '../../src/core/cleanup/purge.ts'
import type { TestApp } from '../support/app.ts'
import { quoted } from '../support/names.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, type Pair, personWith, setSession, sidOf } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const exists = async (tokens: Pair) =>
  (await t.column(`select id from edge_auth.sessions where id = ${quoted(sidOf(tokens))}`))
    .length === 1
const cleanupLines = () => t.log.filter(({ event }) => event === 'cleanup')
const today = `(now() at time zone 'utc')::date`

it('removes rows whose day has passed and no others', async () => {
  const { sessions } = await personWith(t, 5)
  const [live, endsToday, yesterday, longAgo, revoked] = sessions as [Pair, Pair, Pair, Pair, Pair]
  await setSession(t, endsToday, `purge_on = ${today}`)
  await setSession(t, yesterday, `purge_on = ${today} - 1`)
  await setSession(t, longAgo, `purge_on = ${today} - 400`)
  await setSession(t, revoked, 'revoked_at = now()')

  const { sessions: removed } = await cleanUp(t.deps)
  expect(removed).toBeGreaterThanOrEqual(2)
  for (const gone of [yesterday, longAgo]) expect(await exists(gone)).toBe(false)
  for (const kept of [live, endsToday, revoked]) expect(await exists(kept)).toBe(true)
  await expectAlive(t, live)
  expect(cleanupLines().at(-1)).toMatchObject({ sessions_removed: removed })
})

it('has nothing to do a second time', async () => {
  const { sessions } = await personWith(t, 1)
  await cleanUp(t.deps)
  expect(await t.roundTrips(() => cleanUp(t.deps))).toBe(Object.keys(PURGES).length)
  expect(cleanupLines().at(-1)).toMatchObject({ sessions_removed: 0 })
  await expectAlive(t, sessions[0])
})

it('a day is enough: a session is kept until the day of its idle limit is over', async () => {
  const { sessions } = await personWith(t, 1)
  const [isSame] = await t.column(
    `select purge_on = (idle_expires_at at time zone 'utc')::date from edge_auth.sessions
     where id = ${quoted(sidOf(sessions[0]))}`,
  )
  expect(isSame).toBe(true)
})

it('works in slices, over more than one of them', async () => {
  const { sessions } = await personWith(t, 1)
  const copies = 1_050
  await t.column(
    `insert into edge_auth.sessions (id, user_id, epoch, issued_at, idle_expires_at, expires_at, purge_on)
     select gen_random_uuid(), user_id, epoch, now(), now(), now(), ${today} - 2
     from edge_auth.sessions, generate_series(1, ${copies}) where id = ${quoted(sidOf(sessions[0]))}`,
  )
  const lines: string[] = []
  let removed = 0
  const trips = await t.roundTrips(async () => {
    const logger = createLogger((line) => lines.push(line))
    removed = (await cleanUp({ ...t.deps, logger })).sessions
  })
  expect(removed).toBeGreaterThanOrEqual(copies)
  expect(trips).toBe(Object.keys(PURGES).length + 1)
  expect(lines).toHaveLength(1)
  await expectAlive(t, sessions[0])
})

it('removes invitations that have expired, and no others', async () => {
  const issue = async (expires: string) => {
    const id = crypto.randomUUID()
    await t.column(`insert into edge_auth.invitations (id, expires_at)
      values (${quoted(id)}, now() + interval '${expires}') returning id::text`)
    return id
  }
  const [gone, kept] = [await issue('-1 second'), await issue('1 minute')]
  const { invitations } = await cleanUp(t.deps)
  expect(invitations).toBeGreaterThanOrEqual(1)
  const ids = await t.column('select id::text from edge_auth.invitations')
  expect(ids).toContain(kept)
  expect(ids).not.toContain(gone)
  expect(cleanupLines().at(-1)).toMatchObject({ invitations_removed: invitations })
})
