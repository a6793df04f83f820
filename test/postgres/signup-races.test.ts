import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import {
  createPostgresTestApp,
  type PostgresTestApp,
  statuses,
  WAYS,
} from '../support/app-postgres.ts'

const ONE_WINNER = [201, ...Array(15).fill(409)]

describe.each(WAYS)('sixteen sign-ups at once, by %s', (way) => {
  let t: PostgresTestApp
  beforeAll(async () => {
    t = await createPostgresTestApp({ way })
  })
  afterAll(() => t.close())

  it.each([
    ['one name', () => 'grace', (at: number) => `g${at}@example.org`],
    ['one name in other case', (at: number) => (at % 2 ? 'Hopper' : 'hOPPER'), mail],
    ['one name in other Unicode forms', (at: number) => (at % 2 ? 'kelvin' : '\u212Aelvin'), mail],
    ['one email in other case', (at: number) => `name${at}`, caseOf],
    ['one name and one email', () => 'same', () => 'same@example.org'],
  ])('of %s make one user', async (_, username, email) => {
    const before = await count()
    const answers = await statuses(
      Array.from({ length: 16 }, (_, at) =>
        t.post('/auth/signup', { username: username(at), email: email(at), password: PASSWORD }),
      ),
    )
    expect(answers).toEqual(ONE_WINNER)
    expect(await count()).toEqual({ users: before.users + 1, credentials: before.credentials + 1 })
  })

  async function count() {
    const [row] = await t.sql<[{ users: number; credentials: number }]>`
      select (select count(*)::int from users) as users,
        (select count(*)::int from credentials) as credentials`
    return row
  }
})

function mail(): string {
  return `${crypto.randomUUID()}@example.org`
}

function caseOf(at: number): string {
  return at % 2 ? 'One@Example.org' : 'oNE@eXAMPLE.ORG'
}
