import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type Person } from '../support/app.ts'
import {
  createPostgresTestApp,
  type PostgresTestApp,
  rounds,
  WAYS,
} from '../support/app-postgres.ts'
import { asPage, cookieOf, OWN_PAGE } from '../support/cookies.ts'

const CLIENTS = 20

describe.each(WAYS)('requests of one cookie jar, by %s', (way) => {
  let t: PostgresTestApp
  beforeAll(async () => {
    t = await createPostgresTestApp({ way, env: { MAX_SESSIONS_PER_USER: '1000' } })
  })
  afterAll(() => t.close())

  const count = (tcp: number) => (way === 'tcp' ? tcp : Math.ceil(tcp / 10))

  /** What a browser holds: the last cookie that came, whatever it was sent for. */
  type Jar = { cookie: string; sent: { cookie: string; status: number }[] }

  async function send(jar: Jar, method: string, path: string, body?: object): Promise<Response> {
    const { cookie } = jar
    const answer = await asPage(t, method, path, { cookie, body, headers: OWN_PAGE })
    if (answer.headers.has('set-cookie')) jar.cookie = cookieOf(answer)
    jar.sent.push({ cookie, status: answer.status })
    return answer
  }

  async function logIn(jar: Jar, { username, password }: Person): Promise<string> {
    const body = { username_or_email: username, password, transport: 'cookie' }
    expect((await send(jar, 'POST', '/auth/login', body)).status).toBe(200)
    jar.sent.length = 0
    return jar.cookie
  }

  const me = (jar: Jar) => send(jar, 'GET', '/auth/me')
  const token = (jar: Jar) => send(jar, 'POST', '/auth/session/token')
  const stepUp = (jar: Jar, password = PASSWORD) => send(jar, 'POST', '/auth/reauth', { password })
  const changePassword = (jar: Jar, current: string, next: string) =>
    send(jar, 'POST', '/auth/password', { current_password: current, new_password: next })
  const readers = (jar: Jar, much: number) =>
    Array.from({ length: much }, (_, at) => (at % 2 ? me(jar) : token(jar)))

  const claimsOf = (cookie: string) => decodeJwt(cookie.slice(cookie.indexOf('=') + 1))
  const statuses = ({ sent }: Jar) => [...new Set(sent.map(({ status }) => status))].sort()
  async function rowOf(cookie: string) {
    const [row] = await t.sql`select generation, revoked_at is not null as is_ended
      from edge_auth.sessions where id = ${String(claimsOf(cookie).sid)}`
    return row
  }
  const sessionsOf = async ({ id }: { id: string }) => {
    const [row] = await t.sql`select count(*)::int as count from edge_auth.sessions
      where user_id = ${id} and revoked_at is null`
    return row?.count
  }

  it('all succeed while one of them steps up, whose cookie the jar then has', async () => {
    const person = await t.signup()
    await rounds(count(80), 1, async () => {
      const jar: Jar = { cookie: '', sent: [] }
      const before = await logIn(jar, person)
      await Promise.all([
        ...readers(jar, CLIENTS / 2),
        stepUp(jar),
        ...readers(jar, CLIENTS / 2 - 1),
      ])
      expect(statuses(jar)).toEqual([200])
      expect(jar.cookie).not.toBe(before)
      expect(claimsOf(jar.cookie)).toMatchObject({ sid: claimsOf(before).sid, gen: 1 })
      expect(await rowOf(before)).toEqual({ generation: 1, is_ended: false })
      expect((await me(jar)).status).toBe(200)
      expect((await token(jar)).headers.has('set-cookie')).toBe(false)
      expect((await send(jar, 'POST', '/auth/logout')).status).toBe(204)
      expect(await sessionsOf(person)).toBe(0)
    })
  })

  it('all succeed while one of them changes the password', async () => {
    const person = await t.signup()
    const jar: Jar = { cookie: '', sent: [] }
    const first = await logIn(jar, person)
    let current = PASSWORD
    await rounds(count(50), 1, async (round) => {
      jar.sent.length = 0
      const next = `another battery, staple ${round} of ${person.username.length + round}`
      await Promise.all([
        ...readers(jar, CLIENTS / 2),
        changePassword(jar, current, next),
        ...readers(jar, CLIENTS / 2 - 1),
      ])
      expect(statuses(jar)).toEqual([200, 204])
      expect(claimsOf(jar.cookie).gen).toBe(2 * round + 2)
      expect(await rowOf(first)).toEqual({ generation: 2 * round + 2, is_ended: false })
      expect((await me(jar)).status).toBe(200)
      expect(await sessionsOf(person)).toBe(1)
      current = next
    })
  })

  it.each(['first', 'last'] as const)(
    'stay logged in when two step up at once, and the newest cookie arrives %s',
    async (newest) => {
      const person = await t.signup()
      await rounds(count(40), 1, async () => {
        const jar: Jar = { cookie: '', sent: [] }
        const before = await logIn(jar, person)
        const apart = (): Jar => ({ cookie: before, sent: [] })
        const raised = [apart(), apart()]
        const reading = apart()
        const answers = await Promise.all([
          ...raised.map((one) => stepUp(one)),
          ...readers(reading, CLIENTS - 2),
        ])
        expect(answers.slice(0, 2).map(({ status }) => status)).toEqual([200, 200])
        // One after the other, each by one: no two cookies of one generation, and no third.
        const [older, newer] = raised
          .map(({ cookie }) => cookie)
          .sort((a, b) => Number(claimsOf(a).gen) - Number(claimsOf(b).gen))
        expect([older, newer].map((one = '') => claimsOf(one).gen)).toEqual([1, 2])
        expect(await rowOf(before)).toEqual({ generation: 2, is_ended: false })
        // The cookie of before both is good for what is under way, and is given nothing.
        expect(statuses(reading)).toEqual([200])
        const old: Jar = { cookie: before, sent: [] }
        expect((await token(old)).status).toBe(200)
        expect((await me(old)).status).toBe(200)
        expect(old.cookie).toBe(before)

        jar.cookie = (newest === 'last' ? newer : older) ?? ''
        expect((await me(jar)).status).toBe(200)
        expect((await token(jar)).status).toBe(200)
        expect(jar.cookie).toBe(newer)
        // When the moment of grace is over that is the only one.
        await t.sql`update edge_auth.sessions set issued_at = issued_at - interval '1 minute'
          where id = ${String(claimsOf(before).sid)}`
        expect((await me(jar)).status).toBe(200)
        expect((await token({ cookie: before, sent: [] })).status).toBe(401)
        expect((await token({ cookie: older ?? '', sent: [] })).status).toBe(401)
      })
      // What was refused has ended no session, and nothing has made another.
      expect(await sessionsOf(person)).toBe(count(40))
    },
  )

  it('get nothing after a log-out, and have what a new log-in gives', async () => {
    const person = await t.signup()
    await rounds(count(60), 1, async () => {
      const jar: Jar = { cookie: '', sent: [] }
      const before = await logIn(jar, person)
      const reads = Array.from({ length: CLIENTS - 1 }, async (_, at) => {
        const answer = await (at % 2 ? me(jar) : token(jar))
        // No answer to what is old gives a cookie, nor takes that of the new log-in away.
        expect(answer.headers.has('set-cookie')).toBe(false)
        expect([200, 401]).toContain(answer.status)
      })
      const leave = async () => {
        expect((await send(jar, 'POST', '/auth/logout')).status).toBe(204)
        expect(jar.cookie).toBe('')
        const late = Array.from({ length: 3 }, () => me({ cookie: before, sent: [] }))
        await logIn(jar, person)
        for (const { status } of await Promise.all(late)) expect(status).toBe(401)
      }
      await Promise.all([leave(), ...reads])
      expect(await rowOf(before)).toMatchObject({ is_ended: true })
      expect(jar.cookie).not.toBe('')
      expect(claimsOf(jar.cookie).sid).not.toBe(claimsOf(before).sid)
      expect((await me(jar)).status).toBe(200)
      expect((await token(jar)).status).toBe(200)
    })
    expect(await sessionsOf(person)).toBe(count(60))
  })

  it('step up and are logged out at once: the cookie that came last opens nothing', async () => {
    const person = await t.signup()
    await rounds(count(30), 1, async () => {
      const jar: Jar = { cookie: '', sent: [] }
      const before = await logIn(jar, person)
      const apart: Jar = { cookie: before, sent: [] }
      const [raised, left] = await Promise.all([
        stepUp(apart),
        send(jar, 'POST', '/auth/logout'),
        ...readers({ cookie: before, sent: [] }, CLIENTS - 2),
      ])
      expect(left?.status).toBe(204)
      expect([200, 401]).toContain(raised?.status)
      expect(await rowOf(before)).toMatchObject({ is_ended: true })
      expect((await me(apart)).status).toBe(401)
      expect((await token(apart)).status).toBe(401)
    })
    expect(await sessionsOf(person)).toBe(0)
  })
})
