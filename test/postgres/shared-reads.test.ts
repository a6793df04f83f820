import { expect, it } from 'vitest'
import { createPostgresTestApp, type PostgresTestApp, WAYS } from '../support/app-postgres.ts'

const PEOPLE = 12
const ROUNDS = 10

it.each(WAYS)('tells each of many at once who they are, by %s', async (way) => {
  const t = await createPostgresTestApp({ way })
  const everyone = await everyoneIn(t)
  // Everyone twice, so that one session is asked for several times at once.
  const asking = [...everyone, ...everyone]
  for (let round = 0; round < ROUNDS; round++) {
    const names = await Promise.all(asking.map(({ token }) => nameOf(t, token)))
    expect(names).toEqual(asking.map(({ username }) => username))
  }
  await t.close()
})

it('needs far fewer statements than there are requests, and one for a lone request', async () => {
  const t = await createPostgresTestApp()
  const everyone = await everyoneIn(t)
  const all = () => Promise.all(everyone.map(({ token }) => nameOf(t, token)))
  expect(await t.roundTrips(all)).toBeLessThan(PEOPLE / 2)
  expect(await t.roundTrips(() => nameOf(t, everyone[0]?.token ?? ''))).toBe(1)
  await t.close()
})

it('refuses those whose session ended, and them alone', async () => {
  const t = await createPostgresTestApp()
  const everyone = await everyoneIn(t)
  const hasLeft = (_: unknown, at: number) => at % 3 === 0
  for (const { token } of everyone.filter(hasLeft)) {
    expect((await t.post('/auth/logout', undefined, token)).status).toBe(204)
  }
  const answers = await Promise.all(everyone.map(({ token }) => nameOf(t, token)))
  expect(answers).toEqual(
    everyone.map((person, at) => (hasLeft(person, at) ? 401 : person.username)),
  )
  await t.close()
})

async function everyoneIn(t: PostgresTestApp): Promise<{ username: string; token: string }[]> {
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => t.signup()))
  return Promise.all(
    people.map(async (person) => ({
      username: person.username,
      token: (await t.login(person)).access_token,
    })),
  )
}

/** Who the token's bearer is, or the status of a refusal. */
async function nameOf(t: PostgresTestApp, token: string): Promise<string | number> {
  const answer = await t.get('/auth/me', token)
  const { username } = (await answer.json()) as { username?: string }
  return username ?? answer.status
}
