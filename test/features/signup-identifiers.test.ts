import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const signup = (username: string, email = `${uniqueName()}@example.org`) =>
  t.post('/auth/signup', { username, email, password: PASSWORD })

describe('twins of a username are the same name', () => {
  const id = uniqueName('')
  it.each<[string, string, string]>([
    ['case', `Ada${id}`, `aDA${id}`],
    ['NFC and NFD', `jos\u00e9${id}`, `jose\u0301${id}`],
    ['full width', `grace${id}`, `\uff47\uff52\uff41\uff43\uff45${id}`],
    ['Kelvin sign', `kurt${id}`, `\u212aurt${id}`],
    ['long s', `sofia${id}`, `\u017fofia${id}`],
    ['sharp s', `stra\u00dfe${id}`, `STRASSE${id}`],
    ['capital sharp s', `gro\u00df${id}`, `GRO\u1e9e${id}`],
    ['ligature', `office${id}`, `o\ufb03ce${id}`],
    ['mathematical letters', `ada${id}`, `\u{1d41a}\u{1d41d}\u{1d41a}${id}`],
  ])('%s', async (_form, first, twin) => {
    // Another row may have taken the name already; a twin of that is refused in the same way.
    const created = await signup(first)
    if (created.status === 201)
      expect((await created.json()).username).toBe(first.normalize('NFKC'))
    const problem = await expectProblem(await signup(twin), 'already_taken')
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/username'])
    for (const typed of [first, twin]) {
      const login = await t.post('/auth/login', { username_or_email: typed, password: PASSWORD })
      expect(login.status).toBe(200)
      const { access_token } = await login.json()
      const { username } = await (await t.get('/auth/me', access_token)).json()
      expect(username).toBe(username.normalize('NFKC'))
      expect(username.toUpperCase()).toBe(first.normalize('NFKC').toUpperCase())
    }
  })
})

it('a name is kept as typed, but for the forms that only look different', async () => {
  const id = uniqueName('')
  const typed = `\uff27race\u212a${id}`
  const created = await signup(typed)
  expect((await created.json()).username).toBe(`GraceK${id}`)
  const { access_token } = await t.login({ username: typed, email: '', password: PASSWORD })
  expect(await (await t.get('/auth/me', access_token)).json()).toMatchObject({
    username: `GraceK${id}`,
  })
})

describe('usernames that are refused', () => {
  it.each([
    ['two letters', 'ab'],
    ['33 letters', 'a'.repeat(33)],
    ['nothing but spaces', '    '],
    ['a space inside', 'ada lovelace'],
    ['an email', 'ada@example.org'],
    ['a full-width at sign', 'ada\uff20example'],
    ['a small at sign', 'ada\ufe6bexample'],
    ['a dot first', '.ada'],
    ['a dash first', '-ada'],
    ['a dotless i', 'ad\u0131na'],
    ['a capital I with dot', '\u0130rem'],
    ['a zero-width joiner', 'ad\u200da'],
    ['a zero-width space', 'ad\u200ba'],
    ['a soft hyphen', 'ad\u00ada'],
    ['a right-to-left override', 'ad\u202ea'],
    ['a Cyrillic a', '\u0430da'],
    ['Cyrillic throughout', '\u0430\u0434\u0430'],
    ['a Greek omicron', 'r\u03bfbot'],
    ['a bare combining mark', 'a\u0336da'],
    ['an emoji', 'ada\u{1f600}'],
    ['a line break', 'ada\nroot'],
    ['a slash', 'ada/root'],
    ['a tag', '<b>ada</b>'],
    ['a tag character', 'ada\u{e0061}'],
    ['a variation selector', 'ada\ufe0f'],
  ])('%s', async (_what, username) => {
    expect(await refusedFields(await signup(username))).toEqual(['/username invalid_format'])
  })

  it.each([3, 32])('%i letters are accepted', async (length) => {
    const name = uniqueName('').slice(0, 3).padEnd(length, 'z')
    expect((await signup(name)).status).toBe(201)
  })
})

describe('emails', () => {
  const label = 'a'.repeat(59)
  /** `length` characters in all, at most 64 of them before the at sign. */
  const long = (length: number) => {
    const local = uniqueName().padEnd(64, 'x')
    const host = `${label}.${label}.${label}.`
    return `${local}@${host}${'o'.repeat(length - local.length - 1 - host.length)}`
  }

  it.each([
    ['254 characters', () => long(254)],
    ['a plus tag', () => `${uniqueName()}+tag+more@example.org`],
    ['an apostrophe', () => `o'${uniqueName()}@example.org`],
    ['a subdomain', () => `${uniqueName()}@mail.eu.example.org`],
    ['punycode', () => `${uniqueName()}@xn--bcher-kva.example`],
  ])('%s is accepted and shown as typed', async (_what, make) => {
    const email = make()
    const response = await signup(uniqueName(), email)
    expect(response.status).toBe(201)
    expect((await response.json()).email).toBe(email)
  })

  it.each([
    ['255 characters', long(255)],
    ['65 before the at sign', `${'a'.repeat(65)}@example.org`],
    ['two mailboxes', 'ada@example.org,eve@example.org'],
    ['two at signs', 'ada@eve@example.org'],
    ['two at signs, one full width', 'ada\uff20eve@example.org'],
    ['a display name', 'Ada <ada@example.org>'],
    ['a quoted local part', '"ada"@example.org'],
    ['a comment', 'ada(x)@example.org'],
    ['an address literal', 'ada@[192.0.2.1]'],
    ['no dot in the host', 'ada@localhost'],
    ['two dots', 'ada@example..org'],
    ['a dot last', 'ada.@example.org'],
    ['a number for a top-level domain', 'ada@example.123'],
    ['a dash at a label edge', 'ada@-example.org'],
    ['a header line', 'ada@example.org\r\nBcc: eve@example.org'],
    ['a space inside', 'ada @example.org'],
    ['a soft hyphen', 'a\u00adda@example.org'],
    ['a zero-width joiner', 'a\u200dda@example.org'],
    ['a Cyrillic look-alike', '\u0430da@example.org'],
    ['a port at a Unicode host', 'ada@b\u00fccher.example:25'],
    ['an escape at a Unicode host', 'ada@b\u00fccher%2eexample'],
    ['punycode of nothing', 'ada@xn--a.example'],
    ['a percent hack', 'ada%eve@'],
    ['mailto', 'mailto:ada@example.org'],
  ])('%s is refused', async (_what, email) => {
    expect(await refusedFields(await signup(uniqueName(), email))).toEqual([
      '/email invalid_format',
    ])
  })

  it.each([
    ['a full-width at sign', 'ada\uff20example.org', 'ada@example.org'],
    ['a Kelvin sign', 'ada\u212a@example.org', 'adaK@example.org'],
    ['a Unicode host', 'Ada@B\u00fccher.example', 'Ada@xn--bcher-kva.example'],
    ['a sharp s in the host', 'ada@stra\u00dfe.de', 'ada@xn--strae-oqa.de'],
    ['a dotless i in the host', 'ada@g\u0131thub.com', 'ada@xn--gthub-n4a.com'],
  ])('%s is kept as what mail can be sent to', async (_what, typed, kept) => {
    const name = uniqueName()
    const mine = (email: string) => email.replace(/^ada/i, (ada) => `${ada}${name}`)
    const created = await signup(uniqueName(), mine(typed))
    expect((await created.json()).email).toBe(mine(kept))
    for (const identifier of [typed, kept, kept.toUpperCase()].map(mine)) {
      const body = { username_or_email: identifier, password: PASSWORD }
      const { access_token } = await (await t.post('/auth/login', body)).json()
      expect(await (await t.get('/auth/me', access_token)).json()).toMatchObject({
        email: mine(kept),
      })
      await expectProblem(await signup(uniqueName(), identifier), 'already_taken')
    }
  })

  it('a folded sharp s in the host is another mailbox', async () => {
    const name = uniqueName()
    expect((await signup(uniqueName(), `${name}@stra\u00dfe.de`)).status).toBe(201)
    expect((await signup(uniqueName(), `${name}@strasse.de`)).status).toBe(201)
  })

  it('twins of an email are one mailbox, its plus tag another', async () => {
    const name = uniqueName('k')
    expect((await signup(uniqueName(), `${name}@example.org`)).status).toBe(201)
    for (const twin of [
      `${name.toUpperCase()}@EXAMPLE.org`,
      `${name}\uff20example.org`,
      `\u212a${name.slice(1)}@example.org`,
      `${name}@example\uff0eorg`,
    ]) {
      const { errors } = await expectProblem(await signup(uniqueName(), twin), 'already_taken')
      expect(errors?.map(({ pointer }) => pointer)).toEqual(['/email'])
      const login = await t.post('/auth/login', { username_or_email: twin, password: PASSWORD })
      expect(login.status).toBe(200)
    }
    expect((await signup(uniqueName(), `${name}+other@example.org`)).status).toBe(201)
  })
})
