import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { patchProfile, somebody } from '../support/profile.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
/** One person for all, for these may follow each other. */
let anybody: Awaited<ReturnType<typeof somebody>>
beforeAll(async () => {
  t = await createTestApp()
  anybody = await somebody(t)
})
afterAll(() => t.close())

const patch = (token: string, change: unknown) => patchProfile(t, token, change)
const me = async (token: string) => (await t.get('/auth/me', token)).json()

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
