import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PERMISSIONS } from '../../src/core/access/permissions.ts'
import { permitted, send } from '../support/acting.ts'
import { adminOf, grantRole } from '../support/admin.ts'
import { PASSWORD } from '../support/app.ts'
import {
  createPostgresTestApp,
  type PostgresTestApp,
  WAYS,
  waitingFor,
} from '../support/app-postgres.ts'
import { expectProblem } from '../support/problems.ts'

/** By Neon's driver the database does the same, and each round takes three times as long. */
const ROUNDS = { tcp: 200, neon: 40 }

type Who = { id: string; token: string; username: string }
type Removal = (by: Who, who: Who) => Promise<Response>

let t: PostgresTestApp

const demote: Removal = (by, { id }) => send(t, 'DELETE', `/admin/users/${id}/roles/admin`, by)
const disable: Removal = (by, { id }) => send(t, 'POST', `/admin/users/${id}/disable`, by)
const remove: Removal = (by, { id }) => send(t, 'DELETE', `/admin/users/${id}`, by)
/** What an admin does to oneself, whoever the other is. */
const leave: Removal = (by) => send(t, 'DELETE', '/auth/me', by, { current_password: PASSWORD })
const stepDown: Removal = (by) => demote(by, by)

const MUTUAL = [demote, disable, remove]
/** Each with each, in turn. */
const pairOf = (at: number) =>
  [MUTUAL[at % 3], MUTUAL[Math.floor(at / 3) % 3]] as [Removal, Removal]

async function liveAdmins(): Promise<string[]> {
  const rows = await t.sql<{ id: string }[]>`select users.id from users
    join user_roles on user_id = users.id where role = 'admin' and disabled_at is null`
  return rows.map(({ id }) => id)
}

/** Answers that these races may have: done, refused as the last, or no longer anybody who may. */
const EXPECTED = [200, 204, 401, 403, 404, 409]

async function settle(requests: Promise<Response>[]): Promise<number[]> {
  const answers = await Promise.all(requests)
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => !EXPECTED.includes(status))).toEqual([])
  return statuses
}

/** So many admins, and nobody else is one. */
async function admins(count: number): Promise<Who[]> {
  await t.sql`delete from user_roles where role = 'admin'`
  return Promise.all(Array.from({ length: count }, () => adminOf(t)))
}

/** Runs the rounds, and counts in how many somebody was removed: races of which none removes anybody show nothing. */
async function race(
  rounds: number,
  count: number,
  round: (people: Who[], at: number) => Promise<Response>[],
): Promise<{ removed: number; refused: number }> {
  const seen = { removed: 0, refused: 0 }
  for (let at = 0; at < rounds; at++) {
    const people = await admins(count)
    const statuses = await settle(round(people, at))
    const left = await liveAdmins()
    expect(left.length, `round ${at}: ${statuses}`).toBeGreaterThanOrEqual(1)
    seen.removed += count - left.length
    seen.refused += statuses.filter((status) => status === 409).length
  }
  return seen
}

describe.each(WAYS)('by %s', (way) => {
  const rounds = ROUNDS[way]
  beforeAll(async () => {
    t = await createPostgresTestApp({ way })
  })
  afterAll(() => t.close())

  it('two admins who remove each other leave one', async () => {
    const seen = await race(rounds, 2, ([one, other], at) => {
      const [first, second] = pairOf(at)
      return one && other ? [first(one, other), second(other, one)] : []
    })
    expect(seen.removed).toBe(rounds)
    // How many of them met in the middle is chance; of two hundred some must have.
    if (way === 'tcp') expect(seen.refused).toBeGreaterThan(0)
  })

  it('three in a ring leave one', async () => {
    const seen = await race(rounds, 3, (people, at) =>
      people.map((one, place) => {
        const next = people[(place + 1) % people.length] ?? one
        return (MUTUAL[(at + place) % 3] ?? demote)(one, next)
      }),
    )
    expect(seen.removed).toBeGreaterThan(rounds)
  })

  it('one who leaves beside the other whom a third removes leaves one', async () => {
    // Writes of one user take turns, so another does it, who is no admin and may do all the same.
    const deputy = await permitted(t, ...Object.keys(PERMISSIONS))
    const seen = await race(rounds, 2, ([one, other], at) => {
      if (!one || !other) return []
      const own = at % 2 === 0 ? leave : stepDown
      return [own(one, one), pairOf(at)[0](deputy, other)]
    })
    expect(seen).toEqual({ removed: rounds, refused: rounds })
  })

  it('two who leave at once leave one', async () => {
    const seen = await race(rounds, 2, ([one, other], at) => {
      if (!one || !other) return []
      return [leave(one, one), at % 2 === 0 ? leave(other, other) : stepDown(other, other)]
    })
    expect(seen).toEqual({ removed: rounds, refused: rounds })
  })
})

describe('a grant that a removal does not see yet', () => {
  beforeAll(async () => {
    t = await createPostgresTestApp()
  })
  afterAll(() => t.close())
  let one: Who
  beforeEach(async () => {
    const [only] = await admins(1)
    if (only) one = only
  })

  it.each([
    ['disabled', (who: Who) => disable(one, who)],
    ['deleted', (who: Who) => remove(one, who)],
    ['deleted by the user', (who: Who) => leave(who, who)],
  ])('keeps the new admin, who was about to be %s, where the old one went', async (_, removal) => {
    const person = await t.signup()
    const { access_token: token } = await t.login(person)
    const next = { ...person, token }
    const writing = t.sql.begin(async (sql) => {
      // A statement that waits for this row began before there was a second admin.
      await sql`select from users where id = ${next.id} for update`
      const waiting = removal(next)
      await expect.poll(() => waitingFor(t)).toBe(1)
      await sql`insert into user_roles (user_id, role) values (${next.id}, 'admin')`
      await sql`update users set access_version = access_version + 1 where id = ${next.id}`
      await sql`delete from user_roles where user_id = ${one.id}`
      return { waiting }
    })
    const answer = await (await writing).waiting
    expect([401, 403, 409]).toContain(answer.status)
    expect(await liveAdmins()).toEqual([next.id])
  })

  it('is no reason to let the old one go if the new one cannot log in yet', async () => {
    const username = 'invited-admin'
    const body = { username, email: 'invited-admin@example.org', roles: ['admin'] }
    const created = await send(t, 'POST', '/admin/users', one, body)
    expect(created.status).toBe(201)
    const invited = { ...((await created.json()) as { id: string }), username, token: '' }
    const deputy = await permitted(t, ...Object.keys(PERMISSIONS))
    for (const refused of [demote, disable, remove, leave, stepDown]) {
      const by = refused === leave || refused === stepDown ? one : deputy
      await expectProblem(await refused(by, one), 'last_admin')
    }
    // And the other way round there is nobody to lose.
    expect((await demote(one, invited)).status).toBe(200)
    await grantRole(t, invited.id, 'admin')
    await t.sql`insert into credentials (user_id, password_hash) values (${invited.id}, '$argon2id$')`
    expect((await demote(deputy, one)).status).toBe(200)
    expect(await liveAdmins()).toEqual([invited.id])
  })

  it('is granted by the service, which moves the version that the removal compares', async () => {
    const person = await t.signup()
    const version = async () =>
      (
        await t.sql<
          [{ version: number }]
        >`select access_version::int as version from users where id = ${person.id}`
      )[0].version
    const before = await version()
    const path = `/admin/users/${person.id}/roles/admin`
    expect((await send(t, 'PUT', path, one)).status).toBe(200)
    expect(await version()).toBe(before + 1)
    await grantRole(t, one.id, 'admin')
    expect((await send(t, 'DELETE', path, one)).status).toBe(200)
    expect(await version()).toBe(before + 2)
  })
})
