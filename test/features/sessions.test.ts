import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { quoted } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import {
  expectAlive,
  expectDead,
  type Pair,
  personWith,
  refreshed,
  setSession,
  sidOf,
} from '../support/sessions.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

type Listed = { id: string; current: boolean; ip: string | null } & Record<string, unknown>

async function list(tokens: Pair): Promise<Listed[]> {
  const answer = await t.get('/auth/sessions', tokens.access_token)
  expect(answer.status).toBe(200)
  return (await answer.json()).sessions
}
const revoke = (tokens: Pair, id: string) =>
  t.request(`/auth/sessions/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${tokens.access_token}` },
  })

describe('the list', () => {
  it('shows each session once, the last used first, with this one marked', async () => {
    const { sessions } = await personWith(t, 3)
    const [first, second, third] = sessions as [Pair, Pair, Pair]
    await personWith(t, 2)
    await setSession(t, third, `rotated_at = now() - interval '1 hour'`)
    await setSession(t, second, `rotated_at = now() - interval '2 hours'`)
    const listed = await list(second)
    expect(listed.map(({ id }) => id)).toEqual([first, third, second].map(sidOf))
    expect(listed.map(({ current }) => current)).toEqual([false, false, true])
    await refreshed(t, second)
    expect((await list(second))[0]).toMatchObject({ id: sidOf(second), current: true })
  })

  it('tells where and with what, and nothing that works as a token', async () => {
    const person = await t.signup()
    const login = await t.request('/auth/login', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': FIREFOX,
        'x-test-address': '203.0.113.7',
      },
      body: JSON.stringify({ username_or_email: person.username, password: PASSWORD }),
    })
    const tokens: Pair = await login.json()
    const answer = await t.get('/auth/sessions', tokens.access_token)
    const text = await answer.text()
    const [session] = JSON.parse(text).sessions
    expect(session).toEqual({
      id: sidOf(tokens),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      last_used_at: session.created_at,
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      ip: '203.0.113.7',
      user_agent: { browser: 'Firefox 143', os: 'Linux', device: 'desktop' },
      transport: 'bearer',
      current: true,
    })
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      expect(text).not.toContain(token.split('.')[2])
    }
    expect(text).not.toMatch(/eyJ|\$argon2|generation|epoch|hash/)
  })

  it.each([
    ['no user agent', undefined],
    ['nonsense', '\u00ff<script>alert(1)</script>'],
    ['10,000 characters', 'Mozilla/5.0 '.repeat(900)],
    ['one letter many times', '('.repeat(8_000)],
  ])('bears with %s', async (_what, userAgent) => {
    const person = await t.signup()
    const login = await t.request('/auth/login', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(userAgent && { 'user-agent': userAgent }),
      },
      body: JSON.stringify({ username_or_email: person.username, password: PASSWORD }),
    })
    expect(login.status).toBe(200)
    const tokens = await login.json()
    expect(await list(tokens)).toHaveLength(1)
    const [stored] = await t.column(
      `select length(user_agent) from edge_auth.sessions where id = ${quoted(sidOf(tokens))}`,
    )
    expect(Number(stored ?? 0)).toBeLessThanOrEqual(512)
  })

  it('keeps of the user agent what can be seen', async () => {
    const person = await t.signup()
    const login = await t.request('/auth/login', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Fire\u009bfox\t\u00ad/1\u00e9',
      },
      body: JSON.stringify({ username_or_email: person.username, password: PASSWORD }),
    })
    const tokens: Pair = await login.json()
    const kept = await t.column(
      `select user_agent from edge_auth.sessions where id = ${quoted(sidOf(tokens))}`,
    )
    expect(kept).toEqual(['Firefox/1\u00e9'])
  })

  it.each([
    ['revoked', `revoked_at = now()`],
    ['idle too long', `idle_expires_at = now() - interval '1 second'`],
    ['of an older epoch', 'epoch = epoch - 1'],
  ])('leaves out one that is %s', async (_what, set) => {
    const { sessions } = await personWith(t, 2)
    const [mine, other] = sessions as [Pair, Pair]
    await setSession(t, other, set)
    expect((await list(mine)).map(({ id }) => id)).toEqual([sidOf(mine)])
    await expectDead(t, other)
  })

  it('takes one round trip, and so does ending one', async () => {
    const { sessions } = await personWith(t, 2)
    const [mine, other] = sessions as [Pair, Pair]
    expect(await t.roundTrips(() => list(mine))).toBe(1)
    expect(await t.roundTrips(() => revoke(mine, sidOf(other)))).toBe(1)
  })
})

describe('ending one', () => {
  it('ends that one alone, and a second time it is gone', async () => {
    const { sessions } = await personWith(t, 3)
    const [mine, other, third] = sessions as [Pair, Pair, Pair]
    const answer = await revoke(mine, sidOf(other))
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    await expectDead(t, other)
    await expectProblem(await revoke(mine, sidOf(other)), 'not_found')
    for (const alive of [mine, third]) await expectAlive(t, alive)
    expect((await list(mine)).map(({ id }) => id).sort()).toEqual([mine, third].map(sidOf).sort())
  })

  it('knows the id in upper case, as it knows it in lower case', async () => {
    const { sessions } = await personWith(t, 3)
    const [mine, other, third] = sessions as [Pair, Pair, Pair]
    expect((await revoke(mine, sidOf(other).toUpperCase())).status).toBe(204)
    await expectDead(t, other)
    for (const alive of [mine, third]) await expectAlive(t, alive)
  })

  it('may end the session that asks', async () => {
    const { sessions } = await personWith(t, 1)
    expect((await revoke(sessions[0], sidOf(sessions[0]))).status).toBe(204)
    await expectDead(t, sessions[0])
    await expectProblem(await revoke(sessions[0], sidOf(sessions[0])), 'token_invalid')
  })

  it('somebody else’s is 404, as if there were none, and lives on', async () => {
    const { sessions } = await personWith(t, 1)
    const { sessions: strangers } = await personWith(t, 1)
    const foreign = await revoke(sessions[0], sidOf(strangers[0]))
    const none = await revoke(sessions[0], crypto.randomUUID())
    const [one, other] = await Promise.all(
      [foreign, none].map(async (answer) => ({
        ...(await expectProblem(answer, 'not_found')),
        request_id: '',
      })),
    )
    expect(one).toEqual(other)
    await expectAlive(t, strangers[0])
    await refreshed(t, strangers[0])
  })

  it('by a session that has ended ends nothing', async () => {
    const { sessions } = await personWith(t, 2)
    const [mine, other] = sessions as [Pair, Pair]
    await revoke(other, sidOf(mine))
    await expectProblem(await revoke(mine, sidOf(other)), 'token_invalid')
    await expectAlive(t, other)
  })

  it.each([
    'x',
    '1',
    '%00',
    '%E0%A4%A',
    '..%2f..%2fme',
    "'%20or%201=1--",
    'A'.repeat(2_000),
    '01a205e9-3a33-742c-8b07-763d1d44ca1e%00',
    '{01a205e9-3a33-742c-8b07-763d1d44ca1e}',
  ])('an id that is none is 404 with no round trip: %s', async (id) => {
    const { sessions } = await personWith(t, 1)
    const trips = await t.roundTrips(async () => {
      await expectProblem(await revoke(sessions[0], id), 'not_found')
    })
    expect(trips).toBe(0)
    await expectAlive(t, sessions[0])
  })
})
