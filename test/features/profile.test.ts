import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { limitsOf } from '../support/limits.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { patchProfile, somebody as somebodyIn } from '../support/profile.ts'
import { createTestApp } from '../support/runtime.ts'
import { refreshed } from '../support/sessions.ts'
import { refusedBy } from '../support/tries.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const somebody = () => somebodyIn(t)
const patch = (token: string, change: unknown, headers?: Record<string, string>) =>
  patchProfile(t, token, change, headers)
const me = async (token: string) => (await t.get('/auth/me', token)).json()

describe('a change of the profile', () => {
  it('changes what it names, and is what the user is shown from then on', async () => {
    const { token } = await somebody()
    const before = await me(token)
    const change = {
      display_name: '  Grace Hopper ',
      locale: 'EN-gb',
      avatar_url: 'https://Example.org/grace.png',
      user_data: { theme: 'dark', sizes: [1, 2.5, null, true] },
    }
    const answer = await patch(token, change)
    expect(answer.status).toBe(200)
    const changed = await answer.json()
    expect(changed).toEqual({
      ...before,
      ...change,
      display_name: 'Grace Hopper',
      locale: 'en-GB',
      avatar_url: 'https://example.org/grace.png',
    })
    expect(await me(token)).toEqual(changed)

    const deleted = await patch(token, { display_name: null, user_data: null })
    expect(await deleted.json()).toEqual({ ...changed, display_name: null, user_data: {} })
    const last = await patch(token, { locale: null, avatar_url: null })
    expect(await last.json()).toEqual(before)
  })

  it('takes one round trip', async () => {
    const { token } = await somebody()
    expect(await t.roundTrips(() => patch(token, { display_name: 'Ada' }))).toBe(1)
    expect(
      await t.roundTrips(() => patch(token, { display_name: 'x' }, { 'if-match': '"9"' })),
    ).toBe(1)
    expect(await t.roundTrips(() => patch(token, {}))).toBe(0)
  })

  it('says something, and nothing that is not for the user to say', async () => {
    const { token } = await somebody()
    const before = await me(token)
    expect(await refusedFields(await patch(token, {}))).toEqual([' required'])
    const others = {
      ...{ app_data: {}, email: 'other@example.org', roles: ['admin'], permissions: ['x'] },
      ...{ id: before.id, email_verified: true, version: 7, disabled_at: null, created_at: 'now' },
    }
    expect(await refusedFields(await patch(token, { ...others, display_name: 'x' }))).toEqual(
      Object.keys(others)
        .map((field) => `/${field} unknown_field`)
        .sort(),
    )
    expect(await refusedFields(await patch(token, { username: null }))).toEqual([
      '/username invalid_type',
    ])
    expect(await refusedFields(await patch(token, '{"__proto__":{"display_name":"x"}}'))).toContain(
      '/__proto__ unknown_field',
    )
    expect(await me(token)).toEqual(before)
  })

  it('is recorded by the names of its fields, and by no value', async () => {
    const { token, id } = await somebody()
    await patch(token, { display_name: 'A secret name', user_data: { pin: 'A secret pin' } })
    await patch(token, { username: uniqueName() })
    const rows = await t.column(
      `select details || jsonb_build_object('by', actor_id) from edge_auth.audit_events
       where subject_id = ${quoted(id)} and event = 'profile_changed' order by id`,
    )
    expect(rows.map((row) => (typeof row === 'string' ? JSON.parse(row) : row))).toEqual([
      { fields: 'display_name,user_data', by: id },
      { fields: 'username', by: id },
    ])
  })

  it('is made so often in an hour, for each is recorded', async () => {
    const strict = await t.beside({ env: { RATE_LIMITS: limitsOf({ profile_account: 2 }) } })
    const { token, id } = await somebody()
    const rename = (display_name: string) =>
      strict.request('/auth/me', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ display_name }),
      })
    expect((await rename('First')).status).toBe(200)
    expect((await rename('Second')).status).toBe(200)
    expect(await refusedBy(await rename('Third'))).toBe('profile_account')
    expect(await me(token)).toMatchObject({ id, display_name: 'Second' })
    const recorded = await t.column(
      `select event from edge_auth.audit_events where subject_id = ${quoted(id)} and event = 'profile_changed'`,
    )
    expect(recorded).toHaveLength(2)
    // Somebody else's is another count.
    expect((await patch((await somebody()).token, { display_name: 'Ada' })).status).toBe(200)
  })

  it('is refused without a live session, and nothing happens', async () => {
    const { token, id } = await somebody()
    await t.post('/auth/logout', undefined, token)
    await expectProblem(await patch(token, { display_name: 'x' }), 'token_invalid')
    expect(
      await t.column(`select display_name from edge_auth.users where id = ${quoted(id)}`),
    ).toEqual([null])
  })
})

describe('a new username', () => {
  it('is what one logs in by, and what tokens carry after a refresh', async () => {
    const { token, tokens, username, password } = await somebody()
    const renamed = uniqueName()
    expect((await patch(token, { username: renamed })).status).toBe(200)
    const { access_token } = await refreshed(t, tokens)
    expect(decodeJwt(access_token).username).toBe(renamed)
    await t.login({ username: renamed, email: '', password })
    const former = await t.post('/auth/login', { username_or_email: username, password })
    await expectProblem(former, 'invalid_credentials')
  })

  it('may be another spelling of the present one', async () => {
    const { token, username } = await somebody()
    const louder = username.toUpperCase()
    expect(await (await patch(token, { username: louder })).json()).toMatchObject({
      username: louder,
    })
  })

  it('of somebody else is refused, however it is spelled', async () => {
    const other = await t.signup()
    const { token, username } = await somebody()
    for (const taken of [other.username, ` ${other.username.toUpperCase()} `]) {
      const { errors } = await expectProblem(
        await patch(token, { username: taken, display_name: 'x' }),
        'already_taken',
      )
      expect(errors).toMatchObject([{ pointer: '/username', code: 'already_taken' }])
    }
    expect(await me(token)).toMatchObject({ username, display_name: null })
  })

  it('goes to one of those who want it at once', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, somebody))
    const wanted = uniqueName()
    const answers = await Promise.all(people.map(({ token }) => patch(token, { username: wanted })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
    const key = quoted(wanted.toLowerCase())
    expect(
      await t.column(`select count(*)::int from edge_auth.users where username_key = ${key}`),
    ).toEqual([1])
  })
})

describe('If-Match', () => {
  it('lets only who knows the present version change it', async () => {
    const { token } = await somebody()
    const tag = (await t.get('/auth/me', token)).headers.get('etag') ?? ''
    expect(tag).toMatch(/^"\d+"$/)
    const first = await patch(token, { display_name: 'one' }, { 'if-match': tag })
    expect(first.status).toBe(200)
    const next = first.headers.get('etag') ?? ''
    expect(next).not.toBe(tag)
    await expectProblem(
      await patch(token, { display_name: 'two' }, { 'if-match': tag }),
      'precondition_failed',
    )
    const shown = await t.get('/auth/me', token)
    expect(shown.headers.get('etag')).toBe(next)
    expect(await shown.json()).toMatchObject({ display_name: 'one' })
  })

  it.each([
    ['*', 200],
    ['"0"', 200],
    ['"7", "0"', 200],
    ['"a,b" , W/"0","0"', 200],
    [', "0" ,', 200],
    ['W/"0"', 200],
    ['W/"1"', 412],
    ['"1"', 412],
    ['"00"', 412],
    ['" 0"', 412],
    ['0', 412],
    ['"0', 412],
    ['"0" "0"', 412],
    ['"0"; drop', 412],
    ['"0,1"', 412],
    ['"-0"', 412],
    ['"99999999999999999999"', 412],
    ['*, "0"', 412],
  ])('%s of a new account is answered by %i', async (given, status) => {
    const { token } = await somebody()
    const answer = await patch(token, { display_name: 'x' }, { 'if-match': given })
    expect(answer.status).toBe(status)
    expect((await me(token)).display_name).toBe(status === 200 ? 'x' : null)
  })
})

it('pages of other origins may send If-Match and read the ETag', async () => {
  const origin = 'https://app.example.org'
  const preflight = await t.request('/auth/me', { method: 'OPTIONS', headers: { origin } })
  const listed = (name: string) => preflight.headers.get(name)?.split(', ')
  expect(listed('access-control-allow-methods')).toEqual(expect.arrayContaining(['PATCH', 'PUT']))
  expect(listed('access-control-allow-headers')).toContain('If-Match')
  const { token } = await somebody()
  const shown = await patch(token, { locale: 'en' }, { origin })
  expect(shown.headers.get('access-control-expose-headers')?.split(', ')).toContain('ETag')
})
