import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProblemCode } from '../../src/errors.ts'
import type { TestApp } from '../support/app.ts'
import { quoted } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, personWith, refreshed } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const logout = (token?: string) =>
  t.request('/auth/logout', {
    method: 'POST',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })
const logoutAll = (token: string, body: unknown = {}) => t.post('/auth/logout-all', body, token)

describe('log-out', () => {
  it('ends this session at once, in one round trip, and no other', async () => {
    const { sessions } = await personWith(t, 2)
    const { sessions: strangers } = await personWith(t, 1)
    const [mine, other] = sessions
    let answer = new Response()
    expect(
      await t.roundTrips(async () => {
        answer = await logout(mine.access_token)
      }),
    ).toBe(1)
    expect(answer.status).toBe(204)
    expect(await answer.text()).toBe('')
    await expectDead(t, mine)
    for (const alive of [other ?? mine, strangers[0]]) await expectAlive(t, alive)
  })

  it('is the same a second time', async () => {
    const { sessions } = await personWith(t, 1)
    for (const _ of [1, 2, 3]) expect((await logout(sessions[0].access_token)).status).toBe(204)
    await expectDead(t, sessions[0])
  })

  it('ends the tokens of every generation', async () => {
    const { sessions } = await personWith(t, 1)
    const second = await refreshed(t, sessions[0])
    expect((await logout(sessions[0].access_token)).status).toBe(204)
    await expectDead(t, sessions[0])
    await expectDead(t, second)
  })

  it('takes no refresh token and nothing less than a token', async () => {
    const { sessions } = await personWith(t, 1)
    await expectProblem(await logout(sessions[0].refresh_token), 'token_invalid')
    await expectProblem(await logout('x'), 'token_invalid')
    await expectProblem(await logout(), 'token_missing')
    await expectAlive(t, sessions[0])
  })
})

describe('log-out everywhere', () => {
  it('ends all of the user’s sessions in one round trip, and nobody else’s', async () => {
    const { person, sessions } = await personWith(t, 3)
    const { sessions: strangers } = await personWith(t, 1)
    expect(await t.roundTrips(() => logoutAll(sessions[0].access_token))).toBe(1)
    for (const pair of sessions) await expectDead(t, pair)
    await expectAlive(t, strangers[0])
    await expectAlive(t, await t.login(person))
  })

  it('may keep this one, which then goes on as before', async () => {
    const { person, sessions } = await personWith(t, 3)
    const [mine, ...others] = sessions
    expect((await logoutAll(mine.access_token, { keep_current: true })).status).toBe(204)
    for (const pair of others) await expectDead(t, pair)
    await expectAlive(t, mine)
    const later = await t.login(person)
    const rotated = await refreshed(t, mine)
    expect((await logoutAll(later.access_token, { keep_current: true })).status).toBe(204)
    await expectDead(t, rotated)
    await expectAlive(t, later)
  })

  it('does not bring an ended session back', async () => {
    const { sessions } = await personWith(t, 2)
    const [mine, other] = sessions
    await logout(mine.access_token)
    await expectProblem(await logoutAll(mine.access_token, { keep_current: true }), 'token_invalid')
    await expectDead(t, mine)
    await expectAlive(t, other ?? mine)
  })

  it.each<[string, RequestInit]>([
    ['no body and no media type', {}],
    ['nothing, as JSON', { headers: { 'content-type': 'application/json' }, body: '' }],
    ['nothing, of a declared length', { headers: { 'content-length': '0' } }],
  ])('needs no body: %s', async (_what, { headers, ...init }) => {
    const { sessions } = await personWith(t, 2)
    const answer = await t.request('/auth/logout-all', {
      method: 'POST',
      ...init,
      headers: { authorization: `Bearer ${sessions[0].access_token}`, ...headers },
    })
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    for (const pair of sessions) await expectDead(t, pair)
  })

  it.each<[string, ProblemCode, string, string?]>([
    ['JSON of no media type', 'unsupported_media_type', '{"keep_current":true}'],
    ['spaces of no media type', 'unsupported_media_type', ' '],
    ['a form', 'unsupported_media_type', 'keep_current=true', 'application/x-www-form-urlencoded'],
    ['nothing, as text', 'unsupported_media_type', '', 'text/plain'],
    ['half an object', 'malformed_json', '{"keep_current"', 'application/json'],
    ['spaces', 'malformed_json', '  ', 'application/json'],
    ['too much', 'payload_too_large', ' '.repeat(16_385)],
  ])('a body that is there must be JSON: %s ends nothing', async (_what, code, text, type) => {
    const { sessions } = await personWith(t, 2)
    const answer = await t.request('/auth/logout-all', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${sessions[0].access_token}`,
        ...(type && { 'content-type': type }),
      },
      body: new TextEncoder().encode(text),
    })
    await expectProblem(answer, code)
    for (const pair of sessions) await expectAlive(t, pair)
  })

  it('keeps this one, however the media type is spelled', async () => {
    for (const type of ['application/json ; charset=UTF8', 'Application/JSON;']) {
      const { sessions } = await personWith(t, 2)
      const [mine, other] = sessions
      const answer = await t.request('/auth/logout-all', {
        method: 'POST',
        headers: { authorization: `Bearer ${mine.access_token}`, 'content-type': type },
        body: '{"keep_current":true}',
      })
      expect(answer.status).toBe(204)
      await expectAlive(t, mine)
      await expectDead(t, other ?? mine)
    }
  })

  it.each<[unknown, string]>([
    [{ keep_current: 'true' }, '/keep_current invalid_type'],
    [{ keep_current: 1 }, '/keep_current invalid_type'],
    [{ keep_current: null }, '/keep_current invalid_type'],
    [{ keep_current: true, user_id: 'x' }, '/user_id unknown_field'],
    [[], ' invalid_type'],
    [null, ' invalid_type'],
  ])('refuses %j and ends nothing', async (body, expected) => {
    const { sessions } = await personWith(t, 2)
    expect(await refusedFields(await logoutAll(sessions[0].access_token, body))).toEqual([expected])
    for (const pair of sessions) await expectAlive(t, pair)
  })
})

it('a log-out of all others is an event only where there are some', async () => {
  const { person, sessions } = await personWith(t, 2)
  const { access_token } = sessions[0]
  for (const _ of [1, 2]) {
    const answer = await t.post('/auth/logout-all', { keep_current: true }, access_token)
    expect(answer.status).toBe(204)
  }
  const events = await t.column(
    `select event from edge_auth.audit_events
     where subject_id = ${quoted(person.id)} and event = 'sessions_ended'`,
  )
  expect(events).toHaveLength(1)
})
