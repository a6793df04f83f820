import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp, USER_FIELDS } from '../support/app.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const usersNamed = (key: string) =>
  t.column(`select username from edge_auth.users where username_key = ${quoted(key)}`)

function signup(patch: Record<string, unknown>) {
  const name = uniqueName()
  return t.post('/auth/signup', {
    username: name,
    email: `${name}@example.org`,
    password: PASSWORD,
    ...patch,
  })
}

describe('what a sign-up stores and shows', () => {
  it('shows the user as typed and never a secret', async () => {
    const name = uniqueName('Ada')
    const response = await signup({ username: `  ${name} `, email: ` ${name}+tag@Example.org ` })
    expect(response.status).toBe(201)
    const user = await response.json()
    expect(Object.keys(user)).toEqual(USER_FIELDS)
    expect(user).toMatchObject({ username: name, email: `${name}+tag@Example.org` })
    expect(user.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Date(user.created_at).toISOString()).toBe(user.created_at)
  })

  it('stores an Argon2id hash and nothing of the password', async () => {
    const person = await t.signup()
    const [hash] = await t.column(
      `select password_hash from edge_auth.credentials where user_id = ${quoted(person.id)}`,
    )
    expect(hash).toMatch(
      /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    )
    expect(JSON.stringify(t.log)).not.toContain(PASSWORD)
    expect(JSON.stringify(t.log)).not.toContain(person.email)
  })

  it('gives one person the same password as another another hash', async () => {
    const [one, other] = [await t.signup(), await t.signup()]
    const hashes = await t.column(
      `select password_hash from edge_auth.credentials where user_id in (${quoted(one.id)}, ${quoted(other.id)})`,
    )
    expect(new Set(hashes).size).toBe(2)
  })
})

describe('a duplicate', () => {
  it.each([
    ['username', ['username']],
    ['email', ['email']],
    ['both', ['username', 'email']],
  ])('of the %s is 409 and names it', async (_what, taken) => {
    const person = await t.signup()
    const patch = Object.fromEntries(
      taken.map((field) => [field, person[field as 'username' | 'email'].toUpperCase()]),
    )
    const problem = await expectProblem(await signup(patch), 'already_taken')
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(taken.map((name) => `/${name}`))
    expect(await usersNamed(person.username)).toEqual([person.username])
  })

  it('leaves the password of the first alone', async () => {
    const person = await t.signup()
    const again = { ...person, password: 'another horse battery staple' }
    const { username, email, password } = again
    await expectProblem(
      await t.post('/auth/signup', { username, email, password }),
      'already_taken',
    )
    await t.login(person)
    await expectProblem(
      await t.post('/auth/login', { username_or_email: username, password }),
      'invalid_credentials',
    )
  })

  it('among eight at once lets one through', async () => {
    const name = uniqueName()
    const forms = [name, name.toUpperCase(), `\uFF55${name.slice(1)}`, ` ${name}`]
    const answers = await Promise.all(
      [...forms, ...forms].map((username) => signup({ username, email: `${name}@example.org` })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)])
    expect(await usersNamed(name)).toHaveLength(1)
  })
})

describe('every bad field is named at once', () => {
  const nothing = { username: undefined, email: undefined, password: undefined }
  it.each<[string, Record<string, unknown>, string[]]>([
    ['missing', nothing, ['/email required', '/password required', '/username required']],
    [
      'wrong types',
      { username: 7, email: ['a@b.org'], password: { length: 9 } },
      ['/email invalid_type', '/password invalid_type', '/username invalid_type'],
    ],
    [
      'null and nested arrays',
      { username: null, email: [[[]]], password: true },
      ['/email invalid_type', '/password invalid_type', '/username invalid_type'],
    ],
    [
      'wrong forms',
      { username: '-', email: 'x', password: 'short' },
      ['/email invalid_format', '/password too_short', '/username invalid_format'],
    ],
    [
      'too long',
      { username: 'a'.repeat(1025), email: 'a'.repeat(1025), password: 'a'.repeat(1025) },
      ['/email too_long', '/password too_long', '/username too_long'],
    ],
    [
      'unknown fields beside a bad one',
      { email: 'x', is_admin: true, 'a/b~c': 1 },
      ['/a~1b~0c unknown_field', '/email invalid_format', '/is_admin unknown_field'],
    ],
  ])('%s', async (_name, patch, expected) => {
    expect(await refusedFields(await signup(patch))).toEqual(expected)
  })

  it.each(['username', 'email', 'password'])(
    '%s with U+0000 or a lone surrogate',
    async (field) => {
      for (const hidden of ['\u0000', '\ud800', '\udfff']) {
        const name = uniqueName()
        const good = { username: name, email: `${name}@example.org`, password: PASSWORD }
        const value = `${good[field as keyof typeof good]}${hidden}`
        expect(await refusedFields(await signup({ ...good, [field]: value }))).toEqual([
          `/${field} invalid`,
        ])
        expect(await usersNamed(name)).toEqual([])
      }
    },
  )
})

describe('fields that a caller may not set', () => {
  it.each(['id', 'created_at', 'disabled_at', 'password_hash', 'user_id', 'constructor'])(
    '%s is refused',
    async (field) => {
      const name = uniqueName()
      const refused = await signup({ username: name, [field]: 'x' })
      expect(await refusedFields(refused)).toEqual([`/${field} unknown_field`])
      expect(await usersNamed(name)).toEqual([])
    },
  )

  it('__proto__ is refused as any other', async () => {
    const name = uniqueName()
    const body = JSON.stringify({
      username: name,
      email: `${name}@example.org`,
      password: PASSWORD,
    })
    const hostile = body.replace('{', '{"__proto__":{"isAdmin":true,"id":"x"},')
    expect(await refusedFields(await t.post('/auth/signup', hostile))).toEqual([
      '/__proto__ unknown_field',
    ])
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined()
  })

  it('of a key given twice the last counts, for check and use alike', async () => {
    const name = uniqueName()
    const rest = `"email":"${name}@example.org","password":"${PASSWORD}"`
    const bad = `{"username":"${name}","username":"-",${rest}}`
    expect(await refusedFields(await t.post('/auth/signup', bad))).toEqual([
      '/username invalid_format',
    ])
    const good = await t.post('/auth/signup', `{"username":"-","username":"${name}",${rest}}`)
    expect((await good.json()).username).toBe(name)
  })
})
