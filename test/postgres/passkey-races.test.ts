import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  createPostgresTestApp,
  type PostgresTestApp,
  rounds,
  statuses,
} from '../support/app-postgres.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { assertion, optionsOf, personWithPasskey } from '../support/passkeys.ts'

const ROUNDS = 200
const WIDTH = 20

let t: PostgresTestApp
beforeAll(async () => {
  t = await createPostgresTestApp()
})
afterAll(() => t.close())

const countOf = async (table: 'sessions' | 'passkeys', userId: string) => {
  const [row] = await t.sql.unsafe<{ count: number }[]>(
    `select count(*)::int from ${table} where user_id = $1`,
    [userId],
  )
  return row?.count
}

it.each([{ isSynced: true }, { isSynced: false }])(
  `of ${WIDTH} log-ins by one assertion at once, one opens a session (%o)`,
  async (options) => {
    const passkey = await personWithPasskey(t, options)
    const { id } = passkey.person
    await rounds(ROUNDS, 1, async () => {
      await t.sql`delete from sessions where user_id = ${id}`
      const body = await assertion(t, passkey)
      const asked = Array.from({ length: WIDTH }, () => t.post('/auth/passkeys/login', body))
      const answers = await statuses(asked)
      expect(answers.filter((status) => status === 200)).toHaveLength(1)
      expect(await countOf('sessions', id)).toBe(1)
    })
  },
)

it(`of ${WIDTH} registrations for one challenge at once, one is stored and counted`, async () => {
  await rounds(50, 1, async () => {
    const person = await t.signup()
    const tokens = await t.login(person)
    const { public_key: options, challenge_token } = await optionsOf(t, tokens)
    const made = await Promise.all(
      Array.from({ length: WIDTH }, async () => {
        const authenticator = await createAuthenticator()
        return authenticator.create({ challenge: options.challenge })
      }),
    )
    const answers = await Promise.all(
      made.map((credential) =>
        t.post('/auth/factors/passkeys', { challenge_token, credential }, tokens.access_token),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(await countOf('passkeys', person.id)).toBe(1)
    const [user] = await t.sql`select factor_count from users where id = ${person.id}`
    expect(user?.factor_count).toBe(1)
    const [codes] =
      await t.sql`select count(*)::int from recovery_codes where user_id = ${person.id}`
    expect(codes?.count).toBe(10)
  })
})
