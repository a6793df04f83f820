import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OUTDATED, PASSWORD, type TestApp } from '../support/app.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, setUser } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const login = (identifier: unknown, password: unknown) =>
  t.post('/auth/login', { username_or_email: identifier, password })
const hashOf = async (userId: string) =>
  (
    await t.column(
      `select password_hash from edge_auth.credentials where user_id = ${quoted(userId)}`,
    )
  )[0]
const sessionsOf = async (userId: string) =>
  Number(
    (
      await t.column(
        `select count(*)::text from edge_auth.sessions where user_id = ${quoted(userId)}`,
      )
    )[0],
  )

describe('a log-in', () => {
  it('takes the username or the email in any case, with spaces around', async () => {
    const person = await t.signup()
    for (const identifier of [
      person.username,
      person.email,
      ` ${person.username.toUpperCase()} `,
      `\t${person.email.toUpperCase()}\n`,
    ]) {
      const response = await login(identifier, PASSWORD)
      expect(response.status).toBe(200)
      const body = await response.json()
      expect(Object.keys(body)).toEqual([
        'access_token',
        'refresh_token',
        'token_type',
        'expires_in',
      ])
      expect(body).toMatchObject({ token_type: 'bearer', expires_in: 86_400 })
    }
  })

  it('opens a session of its own each time', async () => {
    const person = await t.signup()
    const [one, other] = [await t.login(person), await t.login(person)]
    expect(one.access_token).not.toBe(other.access_token)
    expect(one.refresh_token).not.toBe(other.refresh_token)
    expect(await sessionsOf(person.id)).toBe(2)
  })

  it('of five at once opens five', async () => {
    const person = await t.signup()
    const pairs = await Promise.all(Array.from({ length: 5 }, () => t.login(person)))
    for (const pair of pairs) await expectAlive(t, pair)
    expect(await sessionsOf(person.id)).toBe(5)
  })
})

describe('a refusal tells nothing', () => {
  it('is the same for an unknown name, a wrong password and a disabled user', async () => {
    const person = await t.signup()
    const disabled = await t.signup()
    await setUser(t, disabled, 'disabled_at = now()')
    const answers = [
      await login(uniqueName(), PASSWORD),
      await login(`${uniqueName()}@example.org`, PASSWORD),
      await login('not a name at all!', PASSWORD),
      await login(person.username, `${PASSWORD}.`),
      await login(person.email, PASSWORD.toUpperCase()),
      await login(disabled.username, PASSWORD),
      await login(disabled.email, PASSWORD),
    ]
    const seen = new Set<string>()
    for (const answer of answers) {
      const headers = Object.fromEntries(answer.headers)
      delete headers['x-request-id']
      const { request_id: _, ...body } = await expectProblem(answer, 'invalid_credentials')
      seen.add(JSON.stringify({ headers, body }))
    }
    expect(seen.size).toBe(1)
    expect(await sessionsOf(person.id)).toBe(0)
    expect(await sessionsOf(disabled.id)).toBe(0)
  })

  it('hashes for an unknown name as for a known one, once', async () => {
    const verified: (string | null)[] = []
    const counting = await t.beside({
      deps: {
        passwords: {
          hash: async () => '$made-up',
          verify: async (phc) => {
            verified.push(phc)
            return false
          },
        },
      },
    })
    const person = await counting.signup()
    for (const username_or_email of [uniqueName(), person.username, person.email]) {
      await counting.post('/auth/login', { username_or_email, password: PASSWORD })
    }
    expect(verified).toEqual([null, '$made-up', '$made-up'])
  })

  it.each(["' or 1=1 --", '%', '_', 'a\\', '*', '$1', 'null', '{{username}}'])(
    'no identifier is more than text: %s',
    async (identifier) => {
      await expectProblem(await login(identifier, PASSWORD), 'invalid_credentials')
    },
  )
})

describe('fields', () => {
  it.each<[string, unknown, unknown, string[]]>([
    ['missing', undefined, undefined, ['/password required', '/username_or_email required']],
    ['empty', '', '', ['/password too_short', '/username_or_email too_short']],
    ['spaces', '   ', PASSWORD, ['/username_or_email too_short']],
    ['wrong types', 1, {}, ['/password invalid_type', '/username_or_email invalid_type']],
    ['null', null, null, ['/password invalid_type', '/username_or_email invalid_type']],
    [
      'U+0000 and a lone surrogate',
      'a\u0000',
      'pw\ud800',
      ['/password invalid', '/username_or_email invalid'],
    ],
    [
      'too long',
      'a'.repeat(1025),
      'b'.repeat(1025),
      ['/password too_long', '/username_or_email too_long'],
    ],
  ])('%s', async (_what, identifier, password, expected) => {
    expect(await refusedFields(await login(identifier, password))).toEqual(expected)
  })

  it('an unknown field is refused', async () => {
    const { username, password } = await t.signup()
    const answer = await t.post('/auth/login', { username_or_email: username, password, sub: 'x' })
    expect(await refusedFields(answer)).toEqual(['/sub unknown_field'])
  })
})

describe('the stored hash', () => {
  it('is renewed by the right password when its parameters are not today’s, in the same statement', async () => {
    const person = await t.signup()
    const set = `update edge_auth.credentials set password_hash = ${quoted(OUTDATED)} where user_id = ${quoted(person.id)}`
    await t.column(set)
    await expectProblem(await login(person.username, 'wrong horse battery'), 'invalid_credentials')
    expect(await hashOf(person.id)).toBe(OUTDATED)

    expect(await t.roundTrips(() => t.login(person))).toBe(2)
    const renewed = await hashOf(person.id)
    expect(renewed).not.toBe(OUTDATED)
    expect(renewed).not.toContain('$m=32,')
    await t.login(person)
    expect(await hashOf(person.id)).toBe(renewed)
  })

  it.each([
    '$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    '$2b$12$x',
  ])(
    'that is not ours to compute is as good as a wrong password, and named in the log: %s',
    async (hash) => {
      const person = await t.signup()
      await t.column(
        `update edge_auth.credentials set password_hash = ${quoted(hash)} where user_id = ${quoted(person.id)}`,
      )
      await expectProblem(await login(person.username, PASSWORD), 'invalid_credentials')
      expect(await hashOf(person.id)).toBe(hash)
      expect(t.log.filter(({ user_id }) => user_id === person.id)).toEqual([
        expect.objectContaining({ level: 'error', event: 'password_hash_refused' }),
      ])
      expect(JSON.stringify(t.log)).not.toContain(hash)
    },
  )
})
