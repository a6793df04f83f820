import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { macsOf } from '../../src/core/factors/recovery-codes.ts'
import { send } from '../support/acting.ts'
import type { Person } from '../support/app.ts'
import {
  createPostgresTestApp,
  issued,
  type PostgresTestApp,
  rounds,
  WAYS,
} from '../support/app-postgres.ts'
import { answered, codeOf, enrolledPerson, verify } from '../support/factors.ts'
import type { Pair } from '../support/sessions.ts'

const AT_ONCE = 20
/** By Neon's driver the database does the same, and each round takes longer. */
const ROUNDS = { tcp: 200, neon: 30 }

describe.each(WAYS)('by %s', (way) => {
  let t: PostgresTestApp
  beforeAll(async () => {
    t = await createPostgresTestApp({ way })
  })
  afterAll(() => t.close())

  type One = Awaited<ReturnType<typeof enrolledPerson>>

  /** The token of a log-in that has proven the password, without the hash that it costs. */
  const underWay = async ({ id: userId }: One) => {
    const [row] = await t.sql<[{ epoch: number }]>`
      select session_epoch as epoch from users where id = ${userId}`
    const claims = { userId, epoch: row.epoch, amr: ['pwd'] as const }
    return () => t.deps.factorTokens.sign('mfa', claims, t.deps.clock.now())
  }
  /** Lets codes of now count again, and all recovery codes. */
  const restore = async ({ id, codes }: One) => {
    await t.sql`update totp_factors set last_step = 0 where user_id = ${id}`
    const macs = await Promise.all(
      codes.map(async (code) => (await macsOf(t.deps.sealing, id, code))[0]),
    )
    await t.sql`insert into recovery_codes (user_id, code_mac)
      select ${id}, unnest(${macs}::text[]) on conflict do nothing`
  }
  const opened = async ({ id }: One) => {
    const [row] = await t.sql<[{ count: number }]>`
      select login_count::int as count from users where id = ${id}`
    return row.count
  }

  /** Sends twenty at once, round after round, of which one may open a session, and no other is anything but refused. */
  async function race(
    offers: (of: One, at: number, sign: () => Promise<string>) => Promise<Offer>,
  ) {
    const one = await enrolledPerson(t)
    const sign = await underWay(one)
    await rounds(ROUNDS[way], 1, async (round) => {
      await restore(one)
      const before = await opened(one)
      const prepared = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, at) => offers(one, round * AT_ONCE + at, sign)),
      )
      const answers = await Promise.all(
        prepared.map(({ token, factor }) => verify(t, token, factor)),
      )
      const statuses = answers.map(({ status }) => status).sort()
      expect(statuses, `round ${round}`).toEqual([200, ...Array(AT_ONCE - 1).fill(401)])
      expect(await opened(one)).toBe(before + 1)
    })
  }
  type Offer = { token: string; factor: object }

  it('one code opens one session, for however many log-ins it is offered', () =>
    race(async ({ uri }, _, sign) => ({
      token: await sign(),
      factor: { totp_code: codeOf(t, uri) },
    })))

  it('one recovery code opens one session', () =>
    race(async ({ codes }, _, sign) => ({
      token: await sign(),
      factor: { recovery_code: codes[0] },
    })))

  it('one log-in opens one session, by however many factors it is finished', async () => {
    let token: Promise<string> | undefined
    await race(async ({ uri, codes }, at, sign) => {
      if (at % AT_ONCE === 0) token = sign()
      const [step = at] = [-1, 0, 1].slice(at % AT_ONCE)
      const factor =
        at % AT_ONCE < 3
          ? { totp_code: codeOf(t, uri, step) }
          : { recovery_code: codes[at % codes.length] }
      return { token: (await token) ?? '', factor }
    })
  })

  it('no log-in by the password alone outlives an enrolment that it raced', async () => {
    await rounds(ROUNDS[way], 1, async (round) => {
      const person = await t.signup()
      const own = (await t.login(person)) as Pair
      const token = own.access_token
      const { otpauth_uri: uri } = await answered(
        send(t, 'POST', '/auth/factors/totp', { token }),
        201,
      )
      const confirm = () =>
        t.post('/auth/factors/totp/confirm', { totp_code: codeOf(t, uri) }, token)
      const race = Array.from({ length: 4 }, (_, place) =>
        place === round % 4 ? confirm : () => logIn(person),
      )
      // Where those that race land is chance. One before and one after them see that both answers are looked at.
      const before = await logIn(person)
      const raced = await Promise.all(race.map((start) => start()))
      const after = await logIn(person)
      const answers = [before, ...raced, after]
      expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200))
      const logins = answers.filter((answer) => answer !== raced[round % 4])
      const given = (await issued(logins)).filter(({ access_token }) => access_token !== undefined)
      expect(given.length).toBeGreaterThanOrEqual(1)
      expect(given.length).toBeLessThan(logins.length)
      for (const pair of given) {
        expect((await t.get('/auth/me', pair.access_token)).status).toBe(401)
        expect((await t.refresh(pair.refresh_token)).status).toBe(401)
      }
      expect((await t.get('/auth/me', token)).status).toBe(200)
      // Also by the epoch alone, whatever the level of a session says.
      const [row] = await t.sql<[{ live: number }]>`
        select count(*)::int as live from sessions join users on users.id = user_id
        where user_id = ${person.id} and revoked_at is null
          and (epoch = session_epoch or sessions.id = kept_session_id) and aal < 2`
      expect(row.live).toBe(0)
    })
  })

  const logIn = ({ username, password }: Person) =>
    t.post('/auth/login', { username_or_email: username, password })
})
