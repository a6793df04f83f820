import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../support/app.ts'
import {
  createPostgresTestApp,
  issued,
  type PostgresTestApp,
  rounds,
  WAYS,
} from '../support/app-postgres.ts'

describe.each(WAYS)('refresh, by %s', (way) => {
  let t: PostgresTestApp
  let person: Person
  beforeAll(async () => {
    // No two calls see the same second, so that two rotations could not make the same token by chance.
    let seconds = 0
    const clock = {
      now: () => new Date(Date.now() + 1000 * seconds++),
      isKnown: () => true,
      confirm: async () => false,
    }
    t = await createPostgresTestApp({
      way,
      env: { MAX_SESSIONS_PER_USER: '1000' },
      deps: { clock },
    })
    person = await t.signup()
  })
  afterAll(() => t.close())

  it('gives one token one successor, however many ask for it at once', async () => {
    await rounds(way === 'tcp' ? 200 : 25, 1, async () => {
      const { refresh_token } = await t.login(person)
      const answers = await Promise.all(Array.from({ length: 20 }, () => t.refresh(refresh_token)))
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
      const given = await issued(answers)
      expect(new Set(given.map((tokens) => tokens.refresh_token)).size).toBe(1)
      expect(new Set(given.map((tokens) => tokens.access_token)).size).toBe(1)
      const [row] = await t.sql`
        select generation, revoked_at from sessions where id = ${String(decodeJwt(refresh_token).sid)}`
      expect(row).toEqual({ generation: 1, revoked_at: null })
      expect((await t.get('/auth/me', given[0]?.access_token)).status).toBe(200)
    })
  })

  it('lets one of many through, and ends the session, where there is no grace', async () => {
    const strict = await createPostgresTestApp({ env: { REFRESH_GRACE_SECONDS: '0' } })
    const { refresh_token } = await strict.login(await strict.signup())
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => strict.refresh(refresh_token)),
    )
    const given = await issued(answers)
    expect(given).toHaveLength(1)
    expect((await strict.get('/auth/me', given[0]?.access_token)).status).toBe(401)
    await strict.close()
  })
})
