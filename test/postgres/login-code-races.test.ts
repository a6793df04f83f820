import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createPostgresTestApp,
  type PostgresTestApp,
  rounds,
  statuses,
} from '../support/app-postgres.ts'
import { askedCode, otherThan, withFactor } from '../support/codes.ts'

const ROUNDS = 200
const WIDTH = 20

let t: PostgresTestApp
beforeAll(async () => {
  t = await createPostgresTestApp()
})
afterAll(() => t.close())

const verify = (body: object) => t.post('/auth/code/verify', body)
const atOnce = (body: object) => Array.from({ length: WIDTH }, () => verify(body))

async function someone({ isVerified = true } = {}) {
  const person = await t.signup()
  if (isVerified) await t.sql`update users set email_verified_at = now() where id = ${person.id}`
  const liveSessions = async () => {
    const [{ count } = { count: -1 }] = await t.sql<[{ count: number }]>`
      select count(*)::int as count from sessions join users on users.id = user_id
        where user_id = ${person.id} and epoch = session_epoch and revoked_at is null`
    return count
  }
  return { ...person, liveSessions }
}

/** Asks for a code, and leaves no mail of before. */
async function asked(email: string) {
  await t.sql`delete from outbox where recipient = ${email}`
  return askedCode(t, email)
}

describe(`of ${WIDTH} log-ins by one code at once, one succeeds`, () => {
  it('with a verified address', async () => {
    const { email, id, liveSessions } = await someone()
    await rounds(ROUNDS, 1, async () => {
      await t.sql`delete from sessions where user_id = ${id}`
      const answers = await statuses(atOnce(await asked(email)))
      expect(answers).toEqual([200, ...Array(WIDTH - 1).fill(401)])
      expect(await liveSessions()).toBe(1)
    })
  })

  it('with one that is verified by it', async () => {
    const { email, id, liveSessions } = await someone({ isVerified: false })
    await rounds(100, 1, async () => {
      await t.sql`delete from sessions where user_id = ${id}`
      await t.sql`update users set email_verified_at = null where id = ${id}`
      const answers = await statuses(atOnce(await asked(email)))
      expect(answers.filter((status) => status === 200)).toHaveLength(1)
      expect(await liveSessions()).toBe(1)
    })
  })

  it('of a user with a second factor, for which it is asked once', async () => {
    const { email, id, liveSessions } = await someone()
    await withFactor(t, id)
    await rounds(50, 1, async () => {
      const answers = await statuses(atOnce(await asked(email)))
      expect(answers).toEqual([200, ...Array(WIDTH - 1).fill(401)])
      expect(await liveSessions()).toBe(0)
    })
  })
})

it(`of ${WIDTH} wrong codes at once five are judged, and the right one no longer`, async () => {
  const { email, id } = await someone()
  await rounds(50, 1, async () => {
    const { code_token, code } = await asked(email)
    const wrong = { code_token, code: otherThan(code) }
    expect(new Set(await statuses(atOnce(wrong)))).toEqual(new Set([401]))
    const [{ attempts } = { attempts: -1 }] = await t.sql<[{ attempts: number }]>`
      select attempts from one_time_tokens where user_id = ${id} and purpose = 'login_code'
        order by created_at desc limit 1`
    expect(attempts).toBe(5)
    expect((await verify({ code_token, code })).status).toBe(401)
    await t.sql`delete from one_time_tokens where user_id = ${id}`
  })
})

it('whoever signed up first does not keep a session that is opened meanwhile', async () => {
  await rounds(ROUNDS, 1, async () => {
    const thief = await someone({ isVerified: false })
    const code = await asked(thief.email)
    const login = { username_or_email: thief.username, password: thief.password }
    const [entered, ...others] = await Promise.all([
      verify(code),
      ...Array.from({ length: 3 }, () => t.post('/auth/login', login)),
    ])
    expect(entered.status).toBe(200)
    for (const other of others) {
      if (!other.ok) continue
      const { access_token } = await other.json()
      expect((await t.get('/auth/me', access_token)).status).toBe(401)
    }
    expect(await thief.liveSessions()).toBe(1)
  })
})
