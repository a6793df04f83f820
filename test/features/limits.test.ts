import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors.ts'
import type { Person, TestApp } from '../support/app.ts'
import { PASSWORD } from '../support/app.ts'
import { limitsOf } from '../support/limits.ts'
import { tokenOf } from '../support/links.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { forgetTries, logIn, newAddress, post, refusedBy, tries } from '../support/tries.ts'

const WRONG = 'not the password of anybody'
const NEW = 'another horse, another battery'

let base: TestApp
/** Hashes that were asked for, of all apps beside. */
let hashes = 0
beforeAll(async () => {
  base = await createTestApp()
})
afterAll(() => base.close())

async function appWith(counts: Parameters<typeof limitsOf>[0]): Promise<TestApp> {
  const { hash, verify } = base.deps.passwords
  return base.beside({
    env: { RATE_LIMITS: limitsOf(counts) },
    deps: {
      passwords: {
        hash(...of) {
          hashes++
          return hash(...of)
        },
        verify(...of) {
          hashes++
          return verify(...of)
        },
      },
    },
  })
}

const failed = (count: number) => Array<number>(count).fill(401)

describe('an account that is guessed at', () => {
  let t: TestApp
  let person: Person
  beforeAll(async () => {
    t = await appWith({ login_account: 4 })
  })

  it('is slowed for strangers, by whichever identifier and from wherever they come', async () => {
    person = await t.signup()
    const spellings = [
      person.username,
      person.email.toUpperCase(),
      ` ${person.username.toUpperCase()} `,
      person.email,
    ]
    expect(await tries(4, (at) => logIn(t, spellings[at] ?? '', WRONG))).toEqual(failed(4))
    for (const spelling of spellings) {
      expect(await refusedBy(await logIn(t, spelling, WRONG))).toBe('login_account')
    }
  })

  it('does not tell whether a password is right then, and hashes none', async () => {
    const before = hashes
    const bodies: object[] = []
    for (const password of [WRONG, person.password]) {
      const answer = await logIn(t, person.username, password)
      const { request_id, ...body } = await expectProblem(answer, 'too_many_requests')
      bodies.push({ ...body, headers: [...answer.headers.keys()] })
    }
    expect(bodies[0]).toEqual(bodies[1])
    expect(hashes).toBe(before)
  })

  it('is counted alike whether it exists or not, or is disabled', async () => {
    const nobody = `nobody${crypto.randomUUID().slice(0, 8)}`
    const disabled = await t.signup()
    await t.column(
      `update edge_auth.users set disabled_at = now() where id = ${quoted(disabled.id)} returning id`,
    )
    for (const name of [nobody, disabled.username]) {
      const before = hashes
      expect(await tries(4, () => logIn(t, name, WRONG))).toEqual(failed(4))
      expect(await refusedBy(await logIn(t, name, WRONG))).toBe('login_account')
      expect(hashes - before).toBe(4)
    }
  })

  it('gets one try back after a while, and no more', async () => {
    await t.column(
      `update edge_auth.rate_limits set tat = tat - interval '1 hour' / 4 where key = 'login_account ' || (select id from edge_auth.users where username = ${quoted(person.username)}) returning key`,
    )
    expect(await tries(2, () => logIn(t, person.username, WRONG))).toEqual([401, 429])
  })

  it('is not counted for tries that other limits refuse', async () => {
    const strict = await appWith({ login_client: 1, login_account: 4 })
    const victim = await strict.signup()
    const address = newAddress()
    expect(await tries(9, () => logIn(strict, victim.username, WRONG, address))).toEqual([
      401,
      ...Array(8).fill(429),
    ])
    expect(await tries(4, () => logIn(strict, victim.username, WRONG))).toEqual([...failed(3), 429])
  })
})

describe('the owner of an account that is guessed at', () => {
  let t: TestApp
  beforeAll(async () => {
    t = await appWith({ login_account: 3 })
  })

  it('works on with a live session, and logs in again from where it is', async () => {
    const owner = await t.signup()
    const home = newAddress()
    const answer = await logIn(t, owner.email, owner.password, home)
    const tokens = await answer.json()
    const guesses = await tries(20, () => logIn(t, owner.username, WRONG))
    expect(guesses).toEqual([...failed(3), ...Array(17).fill(429)])

    expect((await t.get('/auth/me', tokens.access_token)).status).toBe(200)
    const renewing = { address: home, token: tokens.refresh_token }
    const refreshed = await (await post(t, '/auth/refresh', undefined, renewing)).json()
    // Another host of the same network, as a second device at home is.
    const neighbour = home.replace(/::1$/, '::2')
    expect((await logIn(t, owner.username, owner.password, neighbour)).status).toBe(200)
    expect(await refusedBy(await logIn(t, owner.username, owner.password))).toBe('login_account')
    const change = { current_password: owner.password, new_password: NEW }
    const changed = await post(t, '/auth/password', change, { token: refreshed.access_token })
    expect(changed.status).toBe(204)
  })

  it('is no stranger because a session has an address that is none', async () => {
    const owner = await t.signup()
    await logIn(t, owner.email, owner.password)
    await t.column(
      `update edge_auth.sessions set ip = 'not an address' where user_id = ${quoted(owner.id)} returning id`,
    )
    expect(await tries(4, () => logIn(t, owner.email, WRONG))).toEqual([...failed(3), 429])
  })

  it('is let in at once after a reset', async () => {
    const owner = await t.signup()
    await tries(5, () => logIn(t, owner.username, WRONG))
    await post(t, '/auth/password/forgot', { email: owner.email })
    const [mail] = await t.mailsTo(owner.email)
    const token = tokenOf(mail)
    expect((await logIn(t, owner.username, owner.password)).status).toBe(429)
    const reset = await post(t, '/auth/password/reset', { token, new_password: NEW })
    expect(reset.status).toBe(204)
    expect((await logIn(t, owner.username, NEW)).status).toBe(200)
  })

  it('finds home as it was, too, after a reset', async () => {
    const owner = await t.signup()
    const home = newAddress()
    await logIn(t, owner.email, owner.password, home)
    expect(await tries(4, () => logIn(t, owner.email, WRONG, home))).toEqual([...failed(3), 429])
    await post(t, '/auth/password/forgot', { email: owner.email })
    const [mail] = await t.mailsTo(owner.email)
    await post(t, '/auth/password/reset', { token: tokenOf(mail), new_password: NEW })
    const again = await tries(3, () => logIn(t, owner.email, NEW, home))
    expect(again).toEqual([200, 200, 200])
  })

  it('is not counted for tries that the service did not judge', async () => {
    const owner = await t.signup()
    const overloaded = () => Promise.reject(new AppError('overloaded'))
    const busy = await base.beside({
      env: { RATE_LIMITS: limitsOf({ login_account: 3, login_client: 3 }) },
      deps: { passwords: { hash: overloaded, verify: overloaded } },
    })
    const address = newAddress()
    expect(await tries(8, () => logIn(busy, owner.email, owner.password, address))).toEqual(
      Array(8).fill(503),
    )
    expect((await logIn(t, owner.email, owner.password)).status).toBe(200)
    const strict = await base.beside({
      env: { RATE_LIMITS: limitsOf({ login_account: 2 }), REQUIRE_VERIFIED_EMAIL: 'true' },
    })
    expect(await tries(5, () => logIn(strict, owner.email, owner.password))).toEqual(
      Array(5).fill(403),
    )
  })

  it('is not counted for passwords that are right, one by one or at once', async () => {
    const owner = await t.signup()
    expect(await tries(9, () => logIn(t, owner.email, owner.password))).toEqual(Array(9).fill(200))
    const address = newAddress()
    const one = await appWith({ login_client: 3, login_account: 1 })
    expect(await tries(3, () => logIn(one, owner.email, owner.password, address))).toEqual(
      Array(3).fill(200),
    )
  })

  it('is asked for the current password so often by one session, and apart by another', async () => {
    const strict = await appWith({ password_session: 3 })
    const owner = await strict.signup()
    const [mine, stolen] = [await strict.login(owner), await strict.login(owner)]
    const change = { current_password: WRONG, new_password: NEW }
    const guess = (token: string) => post(strict, '/auth/password', change, { token })
    expect(await tries(4, () => guess(stolen.access_token))).toEqual([...failed(3), 429])
    const before = hashes
    expect(await refusedBy(await guess(stolen.access_token))).toBe('password_session')
    expect(hashes).toBe(before)
    const right = { current_password: owner.password, new_password: NEW }
    expect((await post(strict, '/auth/password', right, { token: mine.access_token })).status).toBe(
      204,
    )
  })
})

describe('a client', () => {
  it.each([
    ['of IPv6 is a /64', '2001:db8:7:7::1', '2001:db8:7:7:ffff:1:2:3', '2001:db8:7:8::1'],
    [
      'of IPv4 is an address, however it is written',
      '198.51.100.7',
      '::ffff:198.51.100.7',
      '198.51.100.8',
    ],
    ['without an address shares one bucket with the others', 'unknown', 'garbage', '198.51.100.9'],
  ])('%s', async (_, one, same, other) => {
    const t = await appWith({ login_client: 2 })
    // Other runs of this may have used the same database.
    for (const address of [one, other]) await forgetTries(t, 'login_client', address)
    const guess = (address: string) => logIn(t, crypto.randomUUID().slice(0, 20), WRONG, address)
    expect(await tries(4, (at) => guess(at % 2 ? same : one))).toEqual([401, 401, 429, 429])
    expect(await refusedBy(await guess(same))).toBe('login_client')
    expect((await guess(other)).status).toBe(401)
  })

  it('signs up so often, and nothing is hashed beyond that', async () => {
    const t = await appWith({ signup_client: 2 })
    const address = newAddress()
    const signUp = () => {
      const username = `s${crypto.randomUUID().slice(0, 12)}`
      const person = { username, email: `${username}@example.org`, password: PASSWORD }
      return post(t, '/auth/signup', person, { address })
    }
    const before = hashes
    expect(await tries(4, signUp)).toEqual([201, 201, 429, 429])
    expect(hashes - before).toBe(2)
    expect(await refusedBy(await signUp())).toBe('signup_client')
  })
})

it('a client that the platform’s gate refuses costs no statement, but reads and refreshes', async () => {
  const keys: string[] = []
  const gate = async (key: string) => keys.push(key) < 0
  const t = await base.beside({ deps: { gate } })
  const { access_token, refresh_token } = await base.login(await base.signup())
  const address = newAddress()
  const neighbour = address.replace(/::1$/, '::2')
  const trips = await t.roundTrips(async () => {
    for (const from of [address, neighbour]) {
      expect(await refusedBy(await logIn(t, 'anybody', WRONG, from))).toBe('gate')
    }
  })
  expect(trips).toBe(0)
  expect(new Set(keys).size).toBe(1)
  expect((await t.get('/auth/me', access_token)).status).toBe(200)
  expect((await t.refresh(refresh_token)).status).toBe(200)
  expect(keys).toHaveLength(2)
  const off = await base.beside({ deps: { gate }, env: { RATE_LIMITS: 'off' } })
  expect((await logIn(off, 'anybody', WRONG)).status).toBe(401)
})

it('nothing is limited where limits are off', async () => {
  const t = await base.beside({ env: { RATE_LIMITS: 'off' } })
  const person = await t.signup()
  const address = newAddress()
  expect(await tries(120, () => logIn(t, person.username, WRONG, address))).toEqual(failed(120))
  const counted = await t.column(
    `select key from edge_auth.rate_limits where key like '%' || (select id from edge_auth.users where username = ${quoted(person.username)}) || '%'`,
  )
  // What the audit trail records of it is bounded all the same.
  expect(counted.filter((key) => !String(key).startsWith('audit_subject '))).toEqual([])
})

it('a try over a limit is logged once, with pseudonyms', async () => {
  const t = await appWith({ login_account: 1 })
  const name = `nobody${crypto.randomUUID().slice(0, 8)}`
  await tries(2, () => logIn(t, name, WRONG))
  const lines = t.log.filter(({ event }) => event === 'limit_reached')
  expect(lines).toEqual([
    expect.objectContaining({ route: '/auth/login', limit: 'login_account', level: 'warn' }),
  ])
  expect(JSON.stringify(t.log)).not.toContain(name)
})
