import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../support/app.ts'
import {
  createPostgresTestApp,
  issued,
  type PostgresTestApp,
  rounds,
  type SessionTokens,
  WAYS,
} from '../support/app-postgres.ts'

describe.each(WAYS)('a refresh that races, by %s,', (way) => {
  const count = way === 'tcp' ? 200 : 25
  let t: PostgresTestApp
  let person: Person
  beforeAll(async () => {
    t = await createPostgresTestApp({ way, env: { MAX_SESSIONS_PER_USER: '1000' } })
    person = await t.signup()
  })
  afterAll(() => t.close())

  /** Four requests at once, of which the one at `place` is the ending and the others refresh. */
  async function race(place: number, refreshToken: string, end: () => Promise<Response>) {
    const starts = Array.from({ length: 4 }, (_, at) =>
      at === place ? end : () => t.refresh(refreshToken),
    )
    const answers = await Promise.all(starts.map((start) => start()))
    expect(answers[place]?.status).toBe(204)
    return issued(answers.filter((_, at) => at !== place))
  }
  const meStatus = async ({ access_token }: SessionTokens) =>
    (await t.get('/auth/me', access_token)).status
  const expectDead = async (pairs: SessionTokens[]) => {
    for (const pair of pairs) {
      expect([await meStatus(pair), (await t.refresh(pair.refresh_token)).status]).toEqual([
        401, 401,
      ])
    }
  }

  it.each(['/auth/logout', '/auth/logout-all'])('%s leaves no token that works', async (path) => {
    await rounds(count, 1, async (at) => {
      const tokens = await t.login(person)
      const given = await race(at % 4, tokens.refresh_token, () =>
        t.post(path, {}, tokens.access_token),
      )
      await expectDead([tokens, ...given])
    })
  })

  it('logout-all with keep_current leaves the kept session alone, and none of the others', async () => {
    await rounds(count, 1, async (at) => {
      const [kept, other] = [await t.login(person), await t.login(person)]
      const end = () => t.post('/auth/logout-all', { keep_current: true }, kept.access_token)
      await expectDead([other, ...(await race(at % 4, other.refresh_token, end))])
      const rotated = await race(at % 4, kept.refresh_token, end)
      expect(rotated).toHaveLength(3)
      for (const pair of [kept, ...rotated]) expect(await meStatus(pair)).toBe(200)
    })
  })

  it('a password change ends the other sessions and lets the own one go on', async () => {
    const secret = (at: number) => `correct horse battery ${at}`
    const owner = { ...(await t.signup()), password: secret(0) }
    const first = await t.login({ ...owner, password: person.password })
    const change = (from: string, to: string, token: string) =>
      t.post('/auth/password', { current_password: from, new_password: to }, token)
    expect((await change(person.password, secret(0), first.access_token)).status).toBe(204)

    await rounds(count, 1, async (at) => {
      const own = await t.login({ ...owner, password: secret(2 * at) })
      const other = await t.login({ ...owner, password: secret(2 * at) })
      const given = await race(at % 4, other.refresh_token, () =>
        change(secret(2 * at), secret(2 * at + 1), own.access_token),
      )
      await expectDead([other, ...given])
      const rotated = await race(at % 4, own.refresh_token, () =>
        change(secret(2 * at + 1), secret(2 * at + 2), own.access_token),
      )
      expect(rotated).toHaveLength(3)
      for (const pair of [own, ...rotated]) expect(await meStatus(pair)).toBe(200)
    })
  })
})
