import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import {
  createPostgresTestApp,
  type PostgresTestApp,
  rounds,
  waitingFor,
} from '../support/app-postgres.ts'
import { answered, codeOf } from '../support/factors.ts'
import { FEDERATED, profileOf, redeemed, vouch, wayBack } from '../support/federated.ts'
import { browserOf } from '../support/flow-browser.ts'
import { uniqueName } from '../support/names.ts'
import type { Pair } from '../support/sessions.ts'
import type { SqlClient } from '../support/sql.ts'

const ROUNDS = 100
const AT_ONCE = 20
/** Rounds that have nothing in common run side by side. */
const LANES = 4

let t: PostgresTestApp
beforeAll(async () => {
  t = await createPostgresTestApp({ env: FEDERATED })
})
afterAll(() => t.close())

const times = <One>(make: () => Promise<One>) =>
  Promise.all(Array.from({ length: AT_ONCE }, () => make()))

/** What is stored of a person whom a provider vouches for. */
async function stored(email: string | null, subject: string) {
  const [row] = await t.sql<[{ users: number; identities: number; sessions: number }]>`
    select (select count(*)::int from users where email = ${email}) as users,
      (select count(*)::int from identities where subject = ${subject}) as identities,
      (select count(*)::int from sessions join users on users.id = user_id
        where email = ${email}) as sessions`
  return row
}

it(`of ${AT_ONCE} ways back by one state at once one leads to a code`, async () => {
  await rounds(ROUNDS, LANES, async () => {
    const browser = browserOf(t)
    const state = await browser.begin()
    const code = vouch(profileOf())
    const { code: given } = await wayBack({ code, state })
    const answers = await times(() => browser.callback({ code, state }))
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([303, ...Array(AT_ONCE - 1).fill(400)])
    expect(await redeemed('fake', given)).toBe(1)
  })
})

describe(`of ${AT_ONCE} exchanges of one code at once one opens a session`, () => {
  it('of somebody new', async () => {
    await rounds(ROUNDS, LANES, async () => {
      const profile = profileOf()
      const browser = browserOf(t)
      const code = await browser.arrive(vouch(profile))
      const cookie = browser.cookie()
      const answers = await times(() => {
        const tab = browserOf(t)
        tab.steal(cookie)
        return tab.exchange(code)
      })
      const statuses = answers.map(({ status }) => status).sort()
      expect(statuses).toEqual([200, ...Array(AT_ONCE - 1).fill(400)])
      const one = { users: 1, identities: 1, sessions: 1 }
      expect(await stored(profile.email, profile.subject)).toEqual(one)
    })
  })

  it('of somebody who is known', async () => {
    const profile = profileOf()
    const first = browserOf(t)
    await answered(first.exchange(await first.arrive(vouch(profile))))
    await rounds(ROUNDS, 1, async () => {
      await t.sql`delete from sessions where user_id in (select id from users where email = ${profile.email})`
      const browser = browserOf(t)
      const code = await browser.arrive(vouch(profile))
      const cookie = browser.cookie()
      const answers = await times(() => {
        const tab = browserOf(t)
        tab.steal(cookie)
        return tab.exchange(code)
      })
      const statuses = answers.map(({ status }) => status).sort()
      expect(statuses).toEqual([200, ...Array(AT_ONCE - 1).fill(400)])
      expect((await stored(profile.email, profile.subject)).sessions).toBe(1)
    })
  })
})

it(`${AT_ONCE} first sign-ins of one identity at once make one user, whose they all are`, async () => {
  await rounds(ROUNDS, LANES, async () => {
    const profile = profileOf()
    const ready = await times(async () => {
      const browser = browserOf(t)
      const code = await browser.arrive(vouch(profile))
      return () => browser.exchange(code)
    })
    const answers = await Promise.all(ready.map((exchange) => exchange()))
    const opened = answers.filter(({ status }) => status === 200)
    expect(opened.length).toBeGreaterThan(0)
    // Whoever is not let in can try again.
    const others = answers.filter(({ status }) => status !== 200).map(({ status }) => status)
    expect(new Set([...others, 503])).toEqual(new Set([503]))
    const whose = new Set(
      await Promise.all(
        opened.map(async (answer) => {
          const { access_token: token } = (await answer.json()) as Pair
          return JSON.parse(atob(String(token.split('.')[1]))).sub as string
        }),
      ),
    )
    expect(whose.size).toBe(1)
    const left = await stored(profile.email, profile.subject)
    expect(left).toEqual({ users: 1, identities: 1, sessions: opened.length })
  })
})

/** Somebody who signed up with an address of somebody else. */
async function stranger(email: string) {
  const person = { username: uniqueName('s'), email, password: PASSWORD }
  const { id } = await answered(t.post('/auth/signup', person), 201)
  const tokens = (await t.login(person)) as Pair
  return { ...person, id: id as string, tokens, token: tokens.access_token }
}

type Stranger = Awaited<ReturnType<typeof stranger>>

/** What a stranger does while the owner of the address signs in, up to the one request that counts. */
const DEEDS: Record<string, (of: Stranger) => Promise<() => Promise<Response>>> = {
  // Of another address nothing is linked before the account's own is verified.
  async 'links an identity'({ email, token }) {
    const browser = browserOf(t)
    const code = await browser.arrive(vouch(profileOf({ email })), { intent: 'link', token })
    return () => browser.exchange(code, {}, { token })
  },
  async 'changes the password'({ token, password }) {
    const body = { current_password: password, new_password: `${password} 2` }
    return () => t.post('/auth/password', body, token)
  },
  async 'enrols a second factor'({ token }) {
    const begun = await t.request('/auth/factors/totp', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    const { otpauth_uri: uri } = await answered(begun, 201)
    const code = codeOf(t, uri)
    return () => t.post('/auth/factors/totp/confirm', { totp_code: code }, token)
  },
  async 'logs in'({ username, password }) {
    return () => t.post('/auth/login', { username_or_email: username, password })
  },
}

describe('while the owner of an address signs in, whoever signed up with it', () => {
  it.each(Object.entries(DEEDS))('%s, and has nothing of it', async (_, prepare) => {
    const outcomes = { before: 0, after: 0 }
    await rounds(ROUNDS, LANES, async (at) => {
      const profile = profileOf()
      const made = await stranger(String(profile.email))
      const act = await prepare(made)
      const browser = browserOf(t)
      const code = await browser.arrive(vouch(profile))
      // Neither is always the first; once the stranger is, whatever chance has of the others.
      const later = (work: () => Promise<Response>, milliseconds: number) =>
        new Promise<void>((go) => setTimeout(go, milliseconds)).then(work)
      const done = later(act, Math.floor(at / 3) % 3)
      const [entered, acted] = await Promise.all([
        later(
          () => (at === 0 ? done : Promise.resolve()).then(() => browser.exchange(code)),
          at % 3,
        ),
        done,
      ])
      outcomes[acted.ok ? 'before' : 'after']++
      const { access_token: token } = await answered(entered)
      expect((await answered(t.get('/auth/me', token))).id).toBe(made.id)
      const given = acted.headers.get('content-type')?.includes('json') ? await acted.json() : {}
      for (const dead of [made.token, given.access_token ?? made.token]) {
        expect((await t.get('/auth/me', dead)).status).toBe(401)
      }
      const [left] = await t.sql<[Record<string, unknown>]>`
        select factor_count as factors,
          (select count(*)::int from credentials where user_id = ${made.id}) as passwords,
          (select count(*)::int from totp_factors where user_id = ${made.id}) as apps,
          (select count(*)::int from recovery_codes where user_id = ${made.id}) as codes,
          (select array_agg(subject) from identities where user_id = ${made.id}) as subjects,
          (select count(*)::int from sessions where user_id = ${made.id}
            and (epoch = session_epoch or sessions.id = kept_session_id) and revoked_at is null) as live
        from users where id = ${made.id}`
      const nothing = { factors: 0, passwords: 0, apps: 0, codes: 0 }
      expect(left).toEqual({ ...nothing, subjects: [profile.subject], live: 1 })
    })
    // Both happen, or the race is none.
    expect(outcomes.before).toBeGreaterThan(0)
  })
})

/** Sends a request that has to wait for what a transaction has changed and not committed yet. */
async function during(change: (sql: SqlClient) => Promise<unknown>, send: () => Promise<Response>) {
  let sent: Promise<Response> | undefined
  await t.sql.begin(async (transaction) => {
    await change(transaction as unknown as SqlClient)
    sent = send()
    await expect.poll(() => waitingFor(t), { timeout: 10_000 }).toBeGreaterThan(0)
  })
  if (!sent) throw new Error('nothing was sent')
  return sent
}

it('what a stranger links in the moment of a claim does not outlive it', async () => {
  const profile = profileOf()
  const made = await stranger(String(profile.email))
  const browser = browserOf(t)
  const code = await browser.arrive(vouch(profile))
  const answer = await during(
    async (sql) => {
      await sql`update users set access_version = access_version + 1 where id = ${made.id}`
      await sql`insert into identities (issuer, subject, id, user_id, provider, email_verified)
        values ('https://fake.example.com', ${`late-${made.id}`}, gen_random_uuid(), ${made.id}, 'fake', true)`
    },
    () => browser.exchange(code),
  )
  await answered(answer)
  const left = await t.sql`select subject from identities where user_id = ${made.id}`
  expect(left.map(({ subject }) => subject)).toEqual([profile.subject])
})

it('a session that is ended in the moment when it links an identity links none', async () => {
  const made = await stranger(String(profileOf().email))
  await t.sql`update users set email_verified_at = now() where id = ${made.id}`
  const browser = browserOf(t)
  const code = await browser.arrive(vouch(profileOf()), { intent: 'link', token: made.token })
  const answer = await during(
    (sql) => sql`update users set session_epoch = session_epoch + 1 where id = ${made.id}`,
    () => browser.exchange(code, {}, { token: made.token }),
  )
  expect(answer.status).toBe(401)
  expect(await t.sql`select subject from identities where user_id = ${made.id}`).toHaveLength(0)
})
