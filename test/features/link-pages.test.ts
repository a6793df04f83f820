import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Purpose } from '../../src/core/one-time-tokens/purposes.ts'
import { DatabaseUnavailable } from '../../src/database/errors.ts'
import type { Database } from '../../src/database/index.ts'
import { german } from '../../src/features/pages/words-de.ts'
import { english } from '../../src/features/pages/words-en.ts'
import type { TestApp } from '../support/app.ts'
import {
  expectPage,
  FORM,
  type Linked,
  linkPages,
  NEW_PASSWORD,
  words,
} from '../support/link-pages.ts'
import { pendingToken } from '../support/mailed.ts'
import { quoted } from '../support/names.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead } from '../support/sessions.ts'

const PAGES = [
  { path: '/verify-email', purpose: 'verify_email' },
  { path: '/reset-password', purpose: 'reset_password' },
  { path: '/confirm-email', purpose: 'confirm_email' },
  { path: '/undo-email-change', purpose: 'undo_email_change' },
] as const satisfies { path: string; purpose: Purpose }[]
type LinkPage = (typeof PAGES)[number]

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const { open, press, linked, isPending } = linkPages(() => t)

const fieldsOf = ({ purpose }: Pick<LinkPage, 'purpose'>, { token }: { token: string }) => ({
  token,
  ...(purpose === 'reset_password' && { new_password: NEW_PASSWORD }),
})

const emailOf = async ({ person }: Linked) =>
  (await t.column(`select email from edge_auth.users where id = ${quoted(person.id)}`))[0]

describe.each(PAGES)('$path', (page) => {
  const { path, purpose } = page
  const { title, button, done, renew } = english.links[purpose]

  it('has one form with one button, and nothing else to follow', async () => {
    const { token } = await linked(page)
    const text = words(await expectPage(await open(path, token), 200))
    expect(text).toContain(`<h1>${title}</h1>`)
    expect(text).toContain(`<button>${button}</button>`)
    expect(text.match(/<(form|button|a)\b/g)).toEqual(['<form', '<button'])
    // Relative, for a path prefix; and without the token, which would be in the log of every proxy.
    expect(text).toContain(`<form method="post" action="${path.slice(1)}">`)
    expect(text).toContain(`<input type="hidden" name="token" value="${token}">`)
  })

  it('uses the token when the button is pressed, and never before', async () => {
    const it = await linked(page)
    for (const method of ['GET', 'HEAD', 'GET', 'OPTIONS']) {
      await t.request(`${path}?token=${it.token}`, { method })
      expect(await isPending(it)).toBe(true)
    }
    expect((await t.request(`${path}?token=${it.token}`, { method: 'POST' })).status).toBe(415)
    expect(await isPending(it)).toBe(true)
    const text = words(await expectPage(await press(path, fieldsOf(page, it)), 200))
    for (const said of [done.title, ...done.text]) expect(text).toContain(said)
    expect(text).not.toContain(it.token)
    expect(await isPending(it)).toBe(false)
  })

  it('says how to get a new link where this one does not work any more', async () => {
    const it = await linked(page)
    await press(path, fieldsOf(page, it))
    const text = words(await expectPage(await press(path, fieldsOf(page, it)), 400))
    expect(text).toContain(english.problems.link.title)
    expect(text).toContain(renew)
    expect(text).not.toContain('<form')
  })

  it.each([
    ['none', []],
    ['an empty one', [['token', '']]],
    [
      'two',
      [
        ['token', 'a'],
        ['token', 'b'],
      ],
    ],
    ['markup', [['token', '"><script>alert(1)</script>']]],
    ['a long one', [['token', 'x'.repeat(301)]]],
    ['one of no shape', [['token', 'x.y']]],
    [
      'one beside a field of no name',
      [
        ['', ''],
        ['token', '\u0000'],
      ],
    ],
  ] as [string, [string, string][]][])('refuses as a token: %s', async (_what, tokens) => {
    const fields: [string, string][] = [...tokens, ['new_password', NEW_PASSWORD]]
    const text = await expectPage(await press(path, fields), 400)
    expect(words(text)).toContain(english.problems.link.title)
    expect(text).not.toMatch(/alert|xxxx/)
    const [first] = tokens.length === 1 ? tokens : []
    // What has the shape of a token is only looked up when it is used.
    if (first?.[1] === 'x.y') return
    const opened = await expectPage(await open(path, first?.[1]), 400)
    expect(opened).not.toMatch(/alert|xxxx/)
  })

  it('takes no token of another purpose', async () => {
    for (const other of PAGES.filter((one) => one !== page)) {
      const it = await linked(other)
      const email = await emailOf(it)
      await expectPage(await press(path, fieldsOf(page, it)), 400)
      expect(await isPending(it)).toBe(true)
      expect(await emailOf(it)).toBe(email)
    }
  })

  it.each(['cross-site', 'same-site', 'none'])('takes no form that comes %s', async (site) => {
    const it = await linked(page)
    const sent = await press(path, fieldsOf(page, it), { 'sec-fetch-site': site })
    expect(words(await expectPage(sent, 403))).toContain(english.problems.elsewhere.title)
    expect(await isPending(it)).toBe(true)
    await expectPage(
      await press(path, fieldsOf(page, it), { 'sec-fetch-site': 'same-origin' }),
      200,
    )
  })

  it('is opened from wherever the mail is read', async () => {
    const { token } = await linked(page)
    for (const site of ['cross-site', 'same-site', 'same-origin', 'none']) {
      await expectPage(await open(path, token, { 'sec-fetch-site': site }), 200)
    }
  })

  it.each([
    ['JSON', { 'content-type': 'application/json' }],
    ['a form in parts', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['text', { 'content-type': 'text/plain' }],
    ['another encoding', { 'content-type': `${FORM}; charset=utf-16` }],
    ['a longer name', { 'content-type': `${FORM}x` }],
    ['a compressed form', { 'content-encoding': 'gzip' }],
  ])('answers by a page to %s', async (_what, headers) => {
    const it = await linked(page)
    const text = await expectPage(await press(path, fieldsOf(page, it), headers), 415)
    expect(words(text)).toContain(english.problems.unreadable.title)
    expect(await isPending(it)).toBe(true)
  })

  it('takes the form in any spelling of its type', async () => {
    for (const type of [`${FORM.toUpperCase()} ; Charset="UTF-8"`, `${FORM};x=y`]) {
      const it = await linked(page)
      await expectPage(await press(path, fieldsOf(page, it), { 'content-type': type }), 200)
    }
  })

  it('reads at most 16 KiB, whatever was declared, and only UTF-8', async () => {
    const it = await linked(page)
    const padded = (length: number) => {
      const text = new URLSearchParams(fieldsOf(page, it)).toString()
      return `${text}&x=`.padEnd(length, 'x')
    }
    const sent = (body: string | Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) =>
      t.request(path, { method: 'POST', headers: { 'content-type': FORM, ...more }, body })
    for (const more of [{}, { 'content-length': '2' }, { 'transfer-encoding': 'chunked' }]) {
      await expectPage(await sent(padded(16_385), more as Record<string, string>), 413)
    }
    const broken = new Uint8Array([...new TextEncoder().encode(padded(200)), 0xff])
    await expectPage(await sent(broken), 400)
    expect(await isPending(it)).toBe(true)
    await expectPage(await sent(padded(16_384)), 200)
  })

  it('keeps the form where the service is busy, so that one press more is enough', async () => {
    const it = await linked(page)
    const down = new Proxy({} as Database, {
      get() {
        throw new DatabaseUnavailable('postgres://edge:hunter2@db', 'ANSWER_TIMEOUT')
      },
    })
    const app = await t.beside({ deps: { db: down } })
    const answer = await press(path, fieldsOf(page, it), {}, app)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    const text = words(await expectPage(answer, 503))
    expect(text).toContain(english.problems.unavailable.text)
    expect(text).toContain('role="alert"')
    expect(text).toContain(`<title>Error: ${title} –`)
    expect(text).toContain(`name="token" value="${it.token}"`)
    expect(text).not.toMatch(/hunter2|another horse/)
    expect(app.log.filter(({ level }) => level === 'error')).toMatchObject([
      { event: 'service_unavailable' },
    ])
    expect(await isPending(it)).toBe(true)
    await expectPage(await press(path, fieldsOf(page, it)), 200)
  })

  it('says so where something breaks, and logs why', async () => {
    const it = await linked(page)
    const broken = new Proxy({} as Database, {
      get() {
        throw new Error('secret')
      },
    })
    const app = await t.beside({ deps: { db: broken } })
    const text = words(await expectPage(await press(path, fieldsOf(page, it), {}, app), 500))
    expect(text).toContain(english.problems.failed.title)
    expect(text).not.toContain('secret')
    expect(app.log.filter(({ level }) => level === 'error')).toMatchObject([
      { event: 'internal_error' },
    ])
  })

  it('names its methods, and no token gets into the log', async () => {
    const it = await linked(page)
    const { status, headers } = await t.request(path, { method: 'PUT' })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS'])
    await open(path, it.token)
    await press(path, fieldsOf(page, it))
    const lines = t.log.slice(-2)
    expect(lines).toMatchObject([
      { event: 'request', method: 'GET', route: path, status: 200 },
      { event: 'request', method: 'POST', route: path, status: 200 },
    ])
    expect(JSON.stringify(t.log)).not.toContain(it.token)
  })

  it('leads on to the app, where there is one, and nowhere else', async () => {
    const PROJECT_NAME = '<b>Ours</b> $& {name}'
    const app = await t.beside({
      env: {
        MAIL_PROVIDER: 'none',
        APP_BASE_URL: 'https://app.example.org/start',
        PROJECT_NAME,
      },
    })
    const it = await linked(page)
    const answer = await press(path, fieldsOf(page, it), {}, app)
    const text = (await answer.text()).split('<body>')[1] ?? ''
    expect(text.match(/href="[^"]*"/g)).toEqual(['href="https://app.example.org/start"'])
    expect(text).toContain('Go on to &lt;b&gt;Ours&lt;/b&gt; $&amp; {name}')
    expect(text).not.toContain('<b>Ours')
  })

  it.each([
    ['de', 'de'],
    ['de-AT,en;q=0.5', 'de'],
    ['en;q=0.1, DE;q=0.9', 'de'],
    ['fr, de;q=0.4, en;q=0.3', 'de'],
    ['de;q=0, en-GB', 'en'],
    ['fr', 'en'],
    ['*', 'en'],
    ['', 'en'],
    ['den, deu', 'en'],
    [',;q=,-', 'en'],
  ])('for Accept-Language: %s speaks %s', async (header, language) => {
    const { token } = await linked(page)
    const spoken = language === 'de' ? german : english
    const answer = await open(path, token, { 'accept-language': header })
    expect(answer.headers.get('content-language')).toBe(language)
    const text = words(await expectPage(answer, 200))
    expect(text).toContain(`<h1>${spoken.links[purpose].title}</h1>`)
    const refused = await open(path, undefined, { 'accept-language': header })
    expect(words(await expectPage(refused, 400))).toContain(spoken.problems.link.title)
  })

  it('speaks the configured language to whoever asks for neither', async () => {
    const app = await t.beside({ env: { MAIL_LANGUAGE: 'de' } })
    const { token } = await linked(page)
    const answer = await open(path, token, { 'accept-language': 'fr' }, app)
    expect(words(await expectPage(answer, 200))).toContain(german.links[purpose].button)
    const english_ = await open(path, token, { 'accept-language': 'en' }, app)
    expect(words(await expectPage(english_, 200))).toContain(english.links[purpose].button)
  })
})

describe('what the button does', () => {
  it('/verify-email verifies the address, and nothing else', async () => {
    const it = await linked({ purpose: 'verify_email' })
    const tokens = await t.login(it.person)
    await press('/verify-email', { token: it.token })
    expect(
      await t.column(
        `select (email_verified_at is not null)::text from edge_auth.users where id = ${quoted(it.person.id)}`,
      ),
    ).toEqual(['true'])
    await expectAlive(t, tokens)
  })

  it('/reset-password sets the password and ends every session', async () => {
    const it = await linked({ purpose: 'reset_password' })
    const sessions = [await t.login(it.person), await t.login(it.person)]
    await press('/reset-password', { token: it.token, new_password: NEW_PASSWORD })
    for (const tokens of sessions) await expectDead(t, tokens)
    await expect(t.login(it.person)).rejects.toThrow('invalid_credentials')
    await expectAlive(t, await t.login({ ...it.person, password: NEW_PASSWORD }))
  })

  it('/confirm-email makes the new address the account’s', async () => {
    const it = await linked({ purpose: 'confirm_email' })
    await press('/confirm-email', { token: it.token })
    expect(await emailOf(it)).toBe(it.other)
  })

  it('/confirm-email says so where another account has the address by now', async () => {
    const other = await t.signup()
    const person = await t.signup()
    const { token } = await pendingToken(t, person, 'confirm_email', other.email)
    const text = await expectPage(await press('/confirm-email', { token }), 409)
    expect(words(text)).toContain(english.problems.taken.title)
  })

  it('/undo-email-change gives the former address back and ends every session', async () => {
    const it = await linked({ purpose: 'undo_email_change' })
    const tokens = await t.login(it.person)
    await press('/undo-email-change', { token: it.token })
    expect(await emailOf(it)).toBe(it.other)
    await expectDead(t, tokens)
  })
})

it('both languages have every word, and none is empty', () => {
  const texts = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Object.values(value as object).flatMap(texts)
  for (const language of [english, german]) {
    expect(texts(language).length).toBeGreaterThan(40)
    for (const text of texts(language)) expect(text.trim()).toMatch(/^\S.*\S$/)
  }
  expect(texts(english).filter((text) => texts(german).includes(text))).toEqual([])
})
