import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OUTDATED, type Person, type TestApp } from '../support/app.ts'
import {
  createPostgresTestApp,
  issued,
  type PostgresTestApp,
  rounds,
  type SessionTokens,
  statuses,
  WAYS,
} from '../support/app-postgres.ts'
import { limitsOf } from '../support/limits.ts'

const MAX_SESSIONS = 5
const secret = (at: number) => `correct horse battery ${at}`

describe.each(WAYS)('a log-in that races, by %s,', (way) => {
  const count = way === 'tcp' ? 100 : 25
  let t: PostgresTestApp
  beforeAll(async () => {
    t = await createPostgresTestApp({ way, env: { MAX_SESSIONS_PER_USER: String(MAX_SESSIONS) } })
  })
  afterAll(() => t.close())

  const attempt = ({ username, password }: Person, app: TestApp = t) =>
    app.post('/auth/login', { username_or_email: username, password })
  const hashOf = async (userId: string) =>
    (await t.sql`select password_hash from credentials where user_id = ${userId}`)[0]?.password_hash
  const alive = async (pairs: SessionTokens[]) =>
    (await statuses(pairs.map((pair) => t.get('/auth/me', pair.access_token)))).filter(
      (status) => status === 200,
    ).length

  it('thirty others never leaves more sessions than are allowed, and all are let in', async () => {
    const person = await t.signup()
    // Each log-in counts once, however often it reads the account.
    const env = {
      MAX_SESSIONS_PER_USER: String(MAX_SESSIONS),
      RATE_LIMITS: limitsOf({ login_account: 30 }),
    }
    const limited = await t.beside({ env })
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(Array.from({ length: 30 }, () => attempt(person, limited)))
      expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(200))
      expect(await alive(await issued(answers))).toBe(MAX_SESSIONS)
    }
  })

  it('others that renew the same hash is let in, and leaves one hash that all agree on', async () => {
    const person = await t.signup()
    await t.sql`update credentials set password_hash = ${OUTDATED} where user_id = ${person.id}`
    const answers = await Promise.all(Array.from({ length: 10 }, () => attempt(person)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(await alive(await issued(answers))).toBe(MAX_SESSIONS)
    const renewed = await hashOf(person.id)
    expect(renewed).not.toBe(OUTDATED)
    expect((await attempt(person)).status).toBe(200)
    expect(await hashOf(person.id)).toBe(renewed)
  })

  it('those before it is younger than they are, however long it waited', async () => {
    const person = await t.signup()
    let waited: Promise<Response> | undefined
    let heldUntil: Date | undefined
    await t.sql.begin(async (holder) => {
      await holder`select 1 from users where id = ${person.id} for update`
      waited = attempt(person)
      await expect
        .poll(async () => {
          const [row] = await t.sql`select count(*)::int as count from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`
          return row?.count
        })
        .toBe(1)
      const [clock] = await holder<[{ at: Date }]>`select clock_timestamp() as at`
      heldUntil = clock.at
    })
    expect((await waited)?.status).toBe(200)
    const [session] = await t.sql<[{ created_at: Date; rotated_at: Date }]>`
      select created_at, rotated_at from sessions where user_id = ${person.id}`
    expect(session.created_at.getTime()).toBeGreaterThanOrEqual(heldUntil?.getTime() ?? Number.NaN)
    expect(session.rotated_at).toEqual(session.created_at)
  })

  it('a password change opens no session that survives it with the old password', async () => {
    const person = { ...(await t.signup()) }
    await rounds(count, 1, async (at) => {
      const own = await t.login(person)
      const change = () =>
        t.post(
          '/auth/password',
          { current_password: person.password, new_password: secret(at) },
          own.access_token,
        )
      const starts = Array.from({ length: 4 }, (_, place) =>
        place === at % 4 ? change : () => attempt(person),
      )
      const answers = await Promise.all(starts.map((start) => start()))
      expect(answers[at % 4]?.status).toBe(204)
      expect(await alive(await issued(answers.filter((_, place) => place !== at % 4)))).toBe(0)
      expect(await alive([own])).toBe(1)
      expect((await attempt(person)).status).toBe(401)
      person.password = secret(at)
    })
  })

  it('logout-all is wholly before it or wholly after', async () => {
    const person = await t.signup()
    await rounds(count, 1, async (at) => {
      const own = await t.login(person)
      const starts = Array.from({ length: 4 }, (_, place) =>
        place === at % 4
          ? () => t.post('/auth/logout-all', {}, own.access_token)
          : () => attempt(person),
      )
      const answers = await Promise.all(starts.map((start) => start()))
      const ended = answers[at % 4]?.status
      // With the cap at five the log-ins cannot have ended the caller's session before.
      expect(ended).toBe(204)
      const given = await issued(answers.filter((_, place) => place !== at % 4))
      expect(given).toHaveLength(3)
      const [row] = await t.sql<[{ live: number }]>`
        select count(*)::int as live from sessions join users on users.id = user_id
        where user_id = ${person.id} and revoked_at is null and epoch = session_epoch`
      expect(await alive(given)).toBe(row.live)
      expect(await alive([own])).toBe(0)
    })
  })
})
