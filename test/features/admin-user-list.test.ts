import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dropRoles, permitted, roleWith } from '../support/acting.ts'
import { adminOf, grantRole } from '../support/admin.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

type Listed = { id: string; username: string; email: string; created_at: string }
type Page = { users: Listed[]; next_cursor: string | null }

let t: TestApp
let admin: Awaited<ReturnType<typeof adminOf>>
beforeAll(async () => {
  t = await createTestApp()
  admin = await adminOf(t)
})
afterAll(async () => {
  await dropRoles(t)
  await t.close()
})

const ask = (query: Record<string, string>) =>
  t.get(`/admin/users?${new URLSearchParams(query)}`, admin.token)

async function page(query: Record<string, string>): Promise<Page> {
  const answer = await ask(query)
  expect(answer.status).toBe(200)
  return answer.json()
}

/** All pages of a list one after the other; `between` is done after each. */
async function whole(query: Record<string, string>, between = async () => {}): Promise<Listed[]> {
  const found: Listed[] = []
  let cursor: string | null = null
  do {
    const next: Page = await page({ ...query, ...(cursor !== null && { cursor }) })
    expect(next.users.length).toBeLessThanOrEqual(Number(query.limit ?? 50))
    found.push(...next.users)
    // Else a list that never ends would never fail.
    expect(next.next_cursor).not.toBe(cursor ?? '')
    cursor = next.next_cursor
    await between()
  } while (cursor !== null)
  return found
}

async function signup(username: string, email = `${username}@example.org`): Promise<Listed> {
  const answer = await t.post('/auth/signup', { username, email, password: PASSWORD })
  expect(answer.status).toBe(201)
  return answer.json()
}

const namesOf = (users: Listed[]) => users.map(({ username }) => username)

/** People of a role that nobody else has, so that other files' users are not in the way. */
async function peopleOf(role: string, count: number): Promise<Listed[]> {
  const people: Listed[] = []
  for (let made = 0; made < count; made++) {
    const person = await signup(uniqueName())
    await grantRole(t, person.id, role)
    people.push(person)
  }
  return people
}

async function disable(id: string): Promise<void> {
  await t.column(
    `update edge_auth.users set disabled_at = now() where id = ${quoted(id)} returning id`,
  )
}

describe('the list of users', () => {
  it('has everybody once, the last created first, and is stable under sign-ups', async () => {
    const people = [
      await signup(uniqueName()),
      await signup(uniqueName()),
      await signup(uniqueName()),
    ]
    const late: string[] = []
    const found = await whole(
      { limit: '2', created_after: people[0]?.created_at ?? '' },
      async () => {
        if (late.length < 5) late.push((await signup(uniqueName())).id)
      },
    )
    const ids = found.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual([...ids].sort().reverse())
    expect(ids.filter((id) => people.some((person) => person.id === id))).toEqual(
      people.map(({ id }) => id).reverse(),
    )
    expect(ids.filter((id) => late.includes(id))).toEqual([])
  })

  it('has each once although all were created at one moment', async () => {
    const role = await roleWith(t, [])
    const people = await peopleOf(role, 5)
    const ids = people.map(({ id }) => quoted(id)).join(', ')
    const at = people[0]?.created_at ?? ''
    await t.column(
      `update edge_auth.users set created_at = ${quoted(at)}::timestamptz where id in (${ids}) returning id`,
    )
    const found = await whole({ role, limit: '2', created_after: at })
    expect(found.map(({ id }) => id)).toEqual(people.map(({ id }) => id).reverse())
    expect(await whole({ role, limit: '2', created_before: at })).toEqual([])
  })

  it('has those of a role, who are in a state, or were created in a time', async () => {
    const role = await roleWith(t, [])
    const people = await peopleOf(role, 5)
    const [first, second, third] = people
    await disable(second?.id ?? '')
    const idsOf = async (query: Record<string, string>) =>
      (await whole({ role, limit: '2', ...query })).map(({ id }) => id)
    const expected = (...at: number[]) => at.map((one) => people[one]?.id)
    expect(await idsOf({})).toEqual(expected(4, 3, 2, 1, 0))
    expect(await idsOf({ state: 'active' })).toEqual(expected(4, 3, 2, 0))
    expect(await idsOf({ state: 'disabled' })).toEqual(expected(1))
    await t.column(`update edge_auth.users set created_at = created_at - interval '30 seconds'
      where id = ${quoted(first?.id ?? '')} returning id`)
    const earlier = new Date(Date.parse(third?.created_at ?? '') - 10_000).toISOString()
    expect(await idsOf({ created_before: earlier })).toEqual(expected(0))
    expect(await idsOf({ created_after: earlier })).toEqual(expected(4, 3, 2, 1))
    expect(await idsOf({ created_after: earlier, created_before: earlier })).toEqual([])
    expect(await idsOf({ role: 'user', search: people[3]?.username ?? '' })).toEqual(expected(3))
    expect(await idsOf({ role: 'nosuchrole' })).toEqual([])
  })

  it('of those who are disabled has no other', async () => {
    const [one, other] = [await signup(uniqueName()), await signup(uniqueName())]
    await disable(one.id)
    const since = { created_after: one.created_at, limit: '100' }
    const disabled = (await whole({ ...since, state: 'disabled' })).map(({ id }) => id)
    expect(disabled).toContain(one.id)
    expect(disabled).not.toContain(other.id)
    const active = (await whole({ ...since, state: 'active' })).map(({ id }) => id)
    expect(active).toContain(other.id)
    expect(active).not.toContain(one.id)
  })

  it('ends where there is no more', async () => {
    const role = await roleWith(t, [])
    await peopleOf(role, 2)
    expect(await page({ role, limit: '2' })).toMatchObject({ next_cursor: null })
    const first = await page({ role, limit: '1' })
    const second = await page({ role, limit: '1', cursor: first.next_cursor ?? '' })
    expect(second.users).toHaveLength(1)
    expect(second.next_cursor).toBeNull()
    expect(await page({ role: await roleWith(t, []) })).toEqual({ users: [], next_cursor: null })
  })

  it('costs two round trips, one of which asks who calls', async () => {
    for (const query of [{}, { state: 'disabled' }, { role: 'admin' }, { search: 'a' }]) {
      expect(await t.roundTrips(() => ask({ limit: '1', ...query }))).toBe(2)
    }
  })

  it('is for whoever may see users', async () => {
    const others = await permitted(t, 'auth:users:create', 'auth:sessions:read')
    await expectProblem(await t.get('/admin/users', others.token), 'permission_denied')
    const reader = await permitted(t, 'auth:users:read')
    expect((await t.get('/admin/users?limit=1', reader.token)).status).toBe(200)
  })
})

describe('what a query says that is not known', () => {
  it.each<[string, string[]]>([
    [
      'limit=0&cursor=x&state=gone&colour=red',
      ['/colour unknown_field', '/limit invalid_value', '/state invalid_value'],
    ],
    ['limit=5&limit=6', ['/limit invalid_type']],
    ['cursor=', ['/cursor invalid_value']],
    ['cursor=eyJ4IjoxfQ', ['/cursor invalid_value']],
    [`cursor=${'a'.repeat(3000)}`, ['/cursor too_long']],
    ['search=', ['/search too_short']],
    ['search=%20', ['/search too_short']],
    ['search=a&search=b', ['/search invalid_type']],
    ['search=%00', ['/search invalid']],
    [`search=${'a'.repeat(255)}`, ['/search too_long']],
    [
      'created_after=yesterday&created_before=2026-13-01',
      ['/created_after invalid_format', '/created_before invalid_format'],
    ],
    ['offset=5', ['/offset unknown_field']],
    ['constructor=x&toString=y', ['/constructor unknown_field', '/toString unknown_field']],
  ])('%.60s is refused', async (query, fields) => {
    expect(await refusedFields(await t.get(`/admin/users?${query}`, admin.token))).toEqual(fields)
  })

  it('a cursor of another list is refused', async () => {
    const prefix = uniqueName('c')
    for (const at of [1, 2, 3]) await signup(`${prefix}${at}`)
    const { next_cursor: ofSearch } = await page({ search: prefix, limit: '1' })
    const { next_cursor: ofAll } = await page({ limit: '1' })
    for (const query of [{ cursor: ofSearch ?? '' }, { cursor: ofAll ?? '', search: prefix }]) {
      expect(await refusedFields(await ask(query))).toEqual(['/cursor invalid_value'])
    }
  })
})

describe('a search', () => {
  it('finds usernames and emails that begin so, in their order, each user once', async () => {
    const prefix = uniqueName('s')
    await signup(`${prefix}b`, `${uniqueName()}@example.org`)
    await signup(`${prefix}a`, `${prefix}z@example.org`)
    await signup(uniqueName('x'), `${prefix}aa@example.org`)
    await signup(`x${prefix}`, `x${prefix}@example.org`)
    for (const limit of ['1', '2', '3', '100']) {
      const found = await whole({ search: prefix, limit })
      expect(
        found.map(({ username, email }) => (username.startsWith(prefix) ? username : email)),
      ).toEqual([`${prefix}a`, `${prefix}aa@example.org`, `${prefix}b`])
    }
    expect(namesOf(await whole({ search: `${prefix}z@exa` }))).toEqual([`${prefix}a`])
    expect(await whole({ search: prefix.slice(1) })).toEqual([])
  })

  it('shows who is found by both once, on whichever page, and others who sign up meanwhile', async () => {
    const prefix = uniqueName('m')
    const names = Array.from({ length: 9 }, (_, at) => `${prefix}${at}`)
    // The emails are in the reverse order of the names.
    for (const [at, name] of names.entries()) await signup(name, `${prefix}${9 - at}@example.org`)
    let extra = 0
    const found = await whole({ search: prefix, limit: '2' }, async () => {
      if (extra < 3) await signup(`${prefix}0${extra++}`, `${uniqueName()}@example.org`)
    })
    const shown = namesOf(found)
    expect(new Set(shown).size).toBe(shown.length)
    expect(shown.filter((name) => names.includes(name))).toEqual(names)
  })

  it('is by the canonical form', async () => {
    const tail = uniqueName('')
    const people: [string, string, string[]][] = [
      [`Straße${tail}`, `${tail}1@example.org`, [`strasse${tail}`, `STRASSE${tail}`, `straß`]],
      [`Éclair${tail}`, `${tail}2@example.org`, [`e\u0301clair${tail}`, `ÉCLAIR${tail}`]],
      [`finance${tail}`, `${tail}3@example.org`, [`\ufb01nance${tail}`, `ｆｉｎａｎｃｅ${tail}`]],
      [`izmir${tail}`, `${tail}4@example.org`, [`IZMIR${tail}`, `ızmır${tail}`]],
      [
        `kelvin${tail}`,
        `${tail}5@bücher.example`,
        [`\u212aelvin${tail}`, `${tail}5@BÜCHER.example`],
      ],
    ]
    for (const [username, email, searches] of people) {
      await signup(username, email)
      for (const search of searches) {
        expect(namesOf(await whole({ search, limit: '100' })), search).toContain(username)
      }
    }
    // The dot stays, so this is another name.
    expect(await whole({ search: `İZMİR${tail}` })).toEqual([])
  })

  it.each([
    ...[
      '%',
      '_',
      '\\',
      '%25',
      'a%',
      '__',
      '\\%',
      "'",
      '"',
      "' or true --",
      '*',
      '.*',
      '[a-z]',
      '^',
    ],
    ...['$1', '{}', '\u{10ffff}', '\u{10ffff}\u{10ffff}', '\ud7ff', '\ue000', '\uffff'],
    ...['a\u202eb', '\u200b', '\u0001', 'a b', '@', '@example.org', '😀'],
  ])('of %j is a text and no pattern', async (search) => {
    const person = await signup(uniqueName('w'))
    const found = await whole({ search, limit: '100' })
    expect(found.map(({ id }) => id)).not.toContain(person.id)
    const key = search.normalize('NFKC').toLowerCase()
    for (const { username, email } of found) {
      expect([username, email].some((one) => one.toLowerCase().startsWith(key))).toBe(true)
    }
  })

  it('of names with the characters of patterns finds those and no others', async () => {
    const tail = uniqueName('')
    const names = [`a_b${tail}`, `axb${tail}`, `a.b${tail}`, `a-b${tail}`]
    for (const name of names) await signup(name)
    for (const name of names) {
      expect(namesOf(await whole({ search: name }))).toEqual([name])
    }
  })

  it('of ten thousand characters is too long', async () => {
    const answer = await ask({ search: 'a'.repeat(10_000) })
    await expectProblem(answer, 'uri_too_long')
  })

  it('may ask for a role, a state and a time, too', async () => {
    const prefix = uniqueName('f')
    const role = await roleWith(t, [])
    const people = []
    for (const at of [1, 2, 3, 4]) people.push(await signup(`${prefix}${at}`))
    for (const at of [0, 1, 2]) await grantRole(t, people[at]?.id ?? '', role)
    await disable(people[1]?.id ?? '')
    const search = { search: prefix, limit: '1' }
    expect(namesOf(await whole({ ...search, role }))).toEqual(
      [1, 2, 3].map((at) => `${prefix}${at}`),
    )
    expect(namesOf(await whole({ ...search, role, state: 'active' }))).toEqual([
      `${prefix}1`,
      `${prefix}3`,
    ])
    expect(namesOf(await whole({ ...search, state: 'disabled' }))).toEqual([`${prefix}2`])
    expect(namesOf(await whole({ ...search, created_after: '2100-01-01T00:00:00Z' }))).toEqual([])
    expect(await whole({ ...search, created_before: '2100-01-01T00:00:00Z' })).toHaveLength(4)
  })
})

describe('filters that pass over more users than are looked at for a page', () => {
  const prefix = uniqueName('many')
  const COUNT = 1005
  let role: string
  beforeAll(async () => {
    role = await roleWith(t, [])
    const name = `${quoted(prefix)} || lpad(n::text, 4, '0')`
    await t.column(`insert into edge_auth.users (id, username, username_key, email, email_key, disabled_at)
      select (lpad(to_hex(1000000000000 + n), 12, '0') || '7000' || substr(md5(n::text || ${quoted(prefix)}), 1, 16))::uuid,
        ${name}, ${name}, ${name} || '@example.org', ${name} || '@example.org', case when n = ${COUNT} then now() end
      from generate_series(1, ${COUNT}) as n returning id`)
    await t.column(`insert into edge_auth.user_roles (user_id, role)
      select id, ${quoted(role)} from edge_auth.users where username like ${quoted(`${prefix}%`)} returning role`)
  })
  afterAll(() =>
    t.column(
      `delete from edge_auth.users where username like ${quoted(`${prefix}%`)} returning id`,
    ),
  )

  it('give shorter pages, or empty ones, and miss nobody', async () => {
    for (const query of [{ role, search: prefix }, { role }]) {
      const all = await whole({ ...query, state: 'active', limit: '100' })
      expect(new Set(all.map(({ id }) => id)).size).toBe(COUNT - 1)
      expect(all).toHaveLength(COUNT - 1)
    }
    const first = await page({ role, search: prefix, state: 'disabled' })
    expect(first).toEqual({ users: [], next_cursor: expect.any(String) })
    const last = [`${prefix}${COUNT}`]
    expect(namesOf(await whole({ role, search: prefix, state: 'disabled' }))).toEqual(last)
    expect(namesOf(await whole({ role, state: 'disabled' }))).toEqual(last)
  })

  it('that let few through in all are gone by instead, so that one page has them', async () => {
    const rare = await roleWith(t, [])
    await t.column(`insert into edge_auth.user_roles (user_id, role)
      select id, ${quoted(rare)} from edge_auth.users
      where username in (${quoted(`${prefix}1003`)}, ${quoted(`${prefix}1004`)}) returning role`)
    const found = await page({ role: rare, search: prefix })
    expect([namesOf(found.users), found.next_cursor]).toEqual([
      [`${prefix}1003`, `${prefix}1004`],
      null,
    ])
    const one = await page({ role: rare, search: prefix, limit: '1' })
    expect(namesOf(one.users)).toEqual([`${prefix}1003`])
    expect(namesOf(await whole({ role: rare, search: prefix, limit: '1' }))).toHaveLength(2)
    const none = await page({ search: prefix, created_after: '2100-01-01T00:00:00Z' })
    expect(none).toEqual({ users: [], next_cursor: null })
  })
})
