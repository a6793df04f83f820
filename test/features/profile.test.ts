import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { limitsOf } from '../support/limits.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { personWith, refreshed } from '../support/sessions.ts'
import { refusedBy } from '../support/tries.ts'

let t: TestApp
/** For tests of fields, which may follow each other. */
let anybody: Awaited<ReturnType<typeof somebody>>
beforeAll(async () => {
  t = await createTestApp()
  anybody = await somebody()
})
afterAll(() => t.close())

async function somebody() {
  const { person, sessions } = await personWith(t, 1)
  const token = sessions[0].access_token
  return { ...person, tokens: sessions[0], token }
}

/** Sends a change as it is given: a text is the body itself. */
function patch(token: string, change: unknown, headers: Record<string, string> = {}) {
  return t.request('/auth/me', {
    method: 'PATCH',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      ...headers,
    },
    body: typeof change === 'string' ? change : JSON.stringify(change),
  })
}

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
    expect((await patch(anybody.token, { display_name: 'Ada' })).status).toBe(200)
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

describe('a display name', () => {
  it.each([
    ['Zoe\u0308', 'Zo\u00eb'],
    ['\ufb01', '\ufb01'],
    ['نیم\u200cفاصله', 'نیم\u200cفاصله'],
    ['👩\u200d🚀', '👩\u200d🚀'],
    [`<b>"O'Neil"</b> & {{x}}`, `<b>"O'Neil"</b> & {{x}}`],
    ['x'.repeat(100), 'x'.repeat(100)],
    ['👩'.repeat(100), '👩'.repeat(100)],
    ['null', 'null'],
  ])('%j is kept as %j', async (typed, kept) => {
    const { token } = anybody
    const answer = await patch(token, { display_name: typed })
    expect(await answer.json()).toMatchObject({ display_name: kept })
    expect(await me(token)).toMatchObject({ display_name: kept })
  })

  it.each([
    ...['', ' ', '\u3000', '\u200d', '\u3164', '\u0301', 'a\nb', 'a\tb', 'a\u0000', 'a\u007f'],
    ...['a\u202eb', '\u2066a', 'a\u200fb', 'a\u200bb', '\ufeffa\ufeffb', 'a\u00adb', 'a\u2028b'],
    ...[
      'a\ud800',
      '\udc00a',
      'a\u{e0041}',
      'a\ue000',
      'a\uffff',
      'x'.repeat(101),
      '👩'.repeat(101),
    ],
    'x'.repeat(5000),
  ])('%j is refused', async (typed) => {
    const { token } = anybody
    const [field] = await refusedFields(await patch(token, { display_name: typed }))
    expect(field).toMatch(/^\/display_name (invalid_format|invalid|too_long)$/)
  })
})

describe('a locale', () => {
  it.each([
    ['de', 'de'],
    ['DE-at', 'de-AT'],
    ['zh-hans-cn', 'zh-Hans-CN'],
    ['sgn-us', 'ase'],
  ])('%s is kept as %s', async (typed, kept) => {
    const { token } = anybody
    expect(await (await patch(token, { locale: typed })).json()).toMatchObject({ locale: kept })
  })

  it.each(['', 'x', 'en_GB', 'de-', 'de AT', '*', 'de\u0000', "de'--", `de-${'x'.repeat(40)}`])(
    '%j is refused',
    async (locale) => {
      const { token } = anybody
      expect(await refusedFields(await patch(token, { locale }))).toHaveLength(1)
    },
  )
})

describe('the address of a picture', () => {
  it.each([
    ['https://example.org', 'https://example.org/'],
    ['https://bücher.example/ä?q="<>', 'https://xn--bcher-kva.example/%C3%A4?q=%22%3C%3E'],
    ['https://example.org:8443/a b'.replace(' ', '%20'), 'https://example.org:8443/a%20b'],
  ])('%s is kept as %s', async (typed, kept) => {
    const { token } = anybody
    expect(await (await patch(token, { avatar_url: typed })).json()).toMatchObject({
      avatar_url: kept,
    })
  })

  it.each([
    ...['', 'x', 'http://example.org/a.png', 'http://localhost/a.png', '//example.org/a.png'],
    ...['javascript:alert(1)', 'data:image/png;base64,AA==', 'blob:https://example.org/x'],
    ...['https://user@example.org/', 'https://user:pw@example.org/', 'https://', 'ftp://x.org/'],
    ...['https://exa\nmple.org/', 'https://example.org/a b', 'https://example.org/\u0000'],
    ...['\tjava\nscript:alert(1)', 'https://[::1', 'https://example.org:99999/'],
    `https://example.org/${'x'.repeat(500)}`,
    // Short as it is typed, and too long as it is kept.
    `https://example.org/${'ä'.repeat(200)}`,
  ])('%j is refused', async (avatar_url) => {
    const { token } = anybody
    expect(await refusedFields(await patch(token, { avatar_url }))).toHaveLength(1)
  })
})

/** A text of so many bytes as UTF-8 JSON. */
const dataOf = (bytes: number, character: string) => {
  const size = new TextEncoder().encode(character).length
  const rest = bytes - '{"x":""}'.length
  return { x: character.repeat(Math.floor(rest / size)) + 'a'.repeat(rest % size) }
}

describe('what the app keeps', () => {
  it.each([
    '{}',
    '{"":""}',
    '{"b":1,"a":2,"10":3}',
    '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}},"toString":1,"hasOwnProperty":null}',
    '{"deep":{"__proto__":[{"__proto__":null}]}}',
    '{"n":[9007199254740991,-9007199254740991,0.1,1e-300,1.7976931348623157e-308,5e-324,1e2]}',
    '{"u":"\\u2028\\u202e\\ufeff\\uffff\\ud83d\\ude00 \\u0001","q":"\\"\\\\\\/\\b\\n"}',
    '{"sql":"\'; drop table users; --","like":"%_\\\\","html":"</script><script>alert(1)</script>"}',
    '{"l2":{"l3":{"l4":{"l5":{"l6":{"l7":{"l8":1}}}}}}}',
    '{"user_data":null,"then":"x","toJSON":"y"}',
    JSON.stringify(dataOf(8192, 'a')),
    JSON.stringify(dataOf(8192, '€')),
    JSON.stringify(dataOf(8192, '👩')),
  ])('comes back as it was sent (%#)', async (sent) => {
    const { token } = anybody
    const answer = await patch(token, `{"user_data":${sent}}`)
    expect(answer.status).toBe(200)
    const expected = JSON.stringify(JSON.parse(sent))
    for (const text of [await answer.text(), await (await t.get('/auth/me', token)).text()]) {
      expect(JSON.stringify(JSON.parse(text).user_data)).toBe(expected)
      expect(Object.getPrototypeOf(JSON.parse(text).user_data)).toBe(Object.prototype)
    }
  })

  it.each([
    ...['[]', '"x"', '1', 'true', '[{}]'].map((sent) => [sent, 'invalid_type']),
    ...['{"x":"\\u0000"}', '{"\\u0000":1}', '{"x":["\\ud800"]}', '{"\\udc00":{}}'].map((sent) => [
      sent,
      'invalid',
    ]),
    ...['9007199254740992', '-12345678901234567890', '1e400', '-1e999', '1e300'].map((number) => [
      `{"x":[${number}]}`,
      'invalid',
    ]),
    ...['a', '€', '👩', 'ä'].map((character) => [
      JSON.stringify(dataOf(8193, character)),
      'too_long',
    ]),
  ])('or is refused (%#)', async (sent, code) => {
    const { token } = anybody
    const before = await me(token)
    const refused = await patch(token, `{"user_data":${sent},"display_name":"other"}`)
    expect(await refusedFields(refused)).toEqual([`/user_data ${code}`])
    expect(await me(token)).toEqual(before)
  })

  it('is refused where it is too deep, too wide or too large to look at', async () => {
    const { token } = anybody
    const before = await me(token)
    const deep = `{"user_data":${'{"x":'.repeat(8)}1${'}'.repeat(8)}}`
    await expectProblem(await patch(token, deep), 'malformed_json')
    const wide = { user_data: { x: Array.from({ length: 101 }, () => 1) } }
    await expectProblem(await patch(token, wide), 'malformed_json')
    await expectProblem(await patch(token, { user_data: dataOf(17_000, 'a') }), 'payload_too_large')
    expect(await me(token)).toEqual(before)
  })
})

it('pages of other origins may send If-Match and read the ETag', async () => {
  const origin = 'https://app.example.org'
  const preflight = await t.request('/auth/me', { method: 'OPTIONS', headers: { origin } })
  const listed = (name: string) => preflight.headers.get(name)?.split(', ')
  expect(listed('access-control-allow-methods')).toEqual(expect.arrayContaining(['PATCH', 'PUT']))
  expect(listed('access-control-allow-headers')).toContain('If-Match')
  const { token } = anybody
  const shown = await patch(token, { locale: 'en' }, { origin })
  expect(shown.headers.get('access-control-expose-headers')?.split(', ')).toContain('ETag')
})
