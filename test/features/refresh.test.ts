import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importKey } from '../../src/adapters/keys-web.ts'
import { parseConfig } from '../../src/config/index.ts'
import { importKeys } from '../../src/core/tokens/key-rings.ts'
import { createTokens } from '../../src/core/tokens/tokens.ts'
import { SECRET, type TestApp } from '../support/app.ts'
import { signatureCounter } from '../support/keys.ts'
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

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const generation = async (tokens: Pair) =>
  Number(
    (
      await t.column(
        `select generation from edge_auth.sessions where id = ${quoted(sidOf(tokens))}`,
      )
    )[0],
  )
const reuses = (tokens: Pair) =>
  t.log.filter(
    (line) => line.outcome === 'refresh_token_reused' && line.session_id === sidOf(tokens),
  )
const texts = ({ access_token, refresh_token }: Pair) => ({ access_token, refresh_token })

describe('a rotation', () => {
  it('signs the two tokens that it answers with, and no others', async () => {
    const { tokens: config } = parseConfig({ JWT_SECRET_KEY: SECRET })
    const { counted, signatures } = signatureCounter()
    const keys = await importKeys(config, async (jwk) => counted(await importKey(jwk)))
    const counting = await t.beside({ deps: { tokens: createTokens(config, keys) } })
    const { sessions } = await personWith(counting, 1)
    expect(signatures()).toBe(2)
    const next = await refreshed(counting, sessions[0])
    expect(signatures()).toBe(4)
    await refreshed(counting, next)
    expect(signatures()).toBe(6)
  })

  it('makes two new tokens of the same session, and the older access token works on', async () => {
    const { sessions } = await personWith(t, 1)
    const [first] = sessions
    const second = await refreshed(t, first)
    expect(second.access_token).not.toBe(first.access_token)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(sidOf(second)).toBe(sidOf(first))
    expect(decodeJwt(second.refresh_token).jti).not.toBe(decodeJwt(first.refresh_token).jti)
    await expectAlive(t, first)
    await expectAlive(t, second)
    expect(reuses(first)).toEqual([])
  })

  it('goes on for many generations, in one row', async () => {
    const { sessions } = await personWith(t, 1)
    let tokens = sessions[0]
    for (let turn = 1; turn <= 12; turn++) {
      tokens = await refreshed(t, tokens)
      expect(await generation(tokens)).toBe(turn)
    }
    await expectAlive(t, tokens)
  })

  it('of ten at once makes one successor and logs nobody out', async () => {
    const { sessions } = await personWith(t, 1)
    const [first] = sessions
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => texts(await refreshed(t, first))),
    )
    expect(new Set(answers.map((pair) => JSON.stringify(pair))).size).toBe(1)
    expect(await generation(first)).toBe(1)
    await refreshed(t, answers[0] ?? first)
    expect(reuses(first)).toEqual([])
  })
})

describe('the predecessor inside the grace', () => {
  it('gets the successor again, byte for byte, and changes nothing', async () => {
    const { sessions } = await personWith(t, 1)
    const [first] = sessions
    const second = texts(await refreshed(t, first))
    t.advance(3)
    expect(texts(await refreshed(t, first))).toEqual(second)
    expect(texts(await refreshed(t, first))).toEqual(second)
    expect(await generation(first)).toBe(1)
    const third = await refreshed(t, second)
    expect(await generation(first)).toBe(2)
    await expectAlive(t, third)
  })
})

describe('reuse ends the session', () => {
  it.each<[string, (first: Pair) => Promise<void>]>([
    [
      'the predecessor beyond the grace',
      async (first) => {
        await refreshed(t, first)
        await setSession(t, first, `rotated_at = now() - interval '11 seconds'`)
      },
    ],
    [
      'the grandparent inside the grace',
      async (first) => {
        await refreshed(t, await refreshed(t, first))
      },
    ],
    [
      'a far ancestor',
      async (first) => {
        let tokens = first
        for (let turn = 0; turn < 5; turn++) tokens = await refreshed(t, tokens)
      },
    ],
  ])('%s', async (_what, prepare) => {
    const { person, sessions } = await personWith(t, 2)
    const [first, other] = sessions as [Pair, Pair]
    await prepare(first)
    const newest = await t.login(person)
    await expectProblem(await t.refresh(first.refresh_token), 'token_invalid')
    expect(reuses(first)).toEqual([
      expect.objectContaining({ level: 'warn', user_id: decodeJwt(first.access_token).sub }),
    ])
    await expectDead(t, first)
    for (const alive of [other, newest]) {
      await expectAlive(t, alive)
      await refreshed(t, alive)
    }
  })

  it('for the successor too, and for good', async () => {
    const { sessions } = await personWith(t, 1)
    const [first] = sessions
    const second = await refreshed(t, first)
    const third = await refreshed(t, second)
    await expectProblem(await t.refresh(first.refresh_token), 'token_invalid')
    for (const pair of [first, second, third]) await expectDead(t, pair)
    expect(await generation(first)).toBe(2)
    expect(JSON.stringify(t.log)).not.toContain(third.refresh_token.split('.')[2])
  })
})

describe('with no grace', () => {
  it('the predecessor ends the session at once', async () => {
    const strict = await t.beside({ env: { REFRESH_GRACE_SECONDS: '0' } })
    const { sessions } = await personWith(strict, 1)
    const [first] = sessions
    const second = await refreshed(strict, first)
    await expectProblem(await strict.refresh(first.refresh_token), 'token_invalid')
    await expectDead(strict, second)
  })
})

describe('lifetimes', () => {
  it.each([
    ['idle', `idle_expires_at = now() - interval '1 second'`],
    ['revoked', `revoked_at = now()`],
  ])('a session that is %s by the database is over whatever the tokens say', async (_what, set) => {
    const { sessions } = await personWith(t, 1)
    await setSession(t, sessions[0], set)
    await expectDead(t, sessions[0])
    expect(await generation(sessions[0])).toBe(0)
    expect(reuses(sessions[0])).toEqual([])
  })

  it('a rotation moves the idle limit on, though never past the absolute one', async () => {
    const { sessions } = await personWith(t, 1)
    const [first] = sessions
    const limits = async () =>
      (
        await t.column(
          `select extract(epoch from idle_expires_at - now())::int || ',' || (idle_expires_at = expires_at)
           from edge_auth.sessions where id = ${quoted(sidOf(first))}`,
        )
      )[0]
    await setSession(t, first, `idle_expires_at = now() + interval '1 minute'`)
    const second = await refreshed(t, first)
    expect(await limits()).toMatch(/^86(400|39\d),false$/)
    await setSession(t, first, `expires_at = now() + interval '1 hour'`)
    const third = await refreshed(t, second)
    expect(await limits()).toMatch(/^3(600|59\d),true$/)
    expect(Number(decodeJwt(third.refresh_token).exp) * 1000).toBeLessThan(Date.now() + 3_601_000)
    expect(Number(decodeJwt(third.access_token).exp) * 1000).toBeLessThan(Date.now() + 3_601_000)
  })

  it('tokens live by the clock of the app', async () => {
    const clocked = await t.beside({
      env: { ACCESS_TOKEN_EXPIRE_MINUTES: '15', REFRESH_TOKEN_EXPIRE_MINUTES: '60' },
    })
    const { sessions } = await personWith(clocked, 1)
    const [first] = sessions
    expect(first).toMatchObject({ expires_in: 900 })
    clocked.advance(15 * 60 + 1)
    await expectProblem(await clocked.get('/auth/me', first.access_token), 'token_expired')
    const second = await refreshed(clocked, first)
    await expectAlive(clocked, second)
    clocked.advance(60 * 60 + 1)
    await expectProblem(await clocked.refresh(second.refresh_token), 'token_expired')
    expect(clocked.log.filter(({ outcome }) => outcome === 'refresh_token_reused')).toEqual([])
  })
})
