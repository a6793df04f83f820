import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { german } from '../../src/features/pages/words-de.ts'
import { english } from '../../src/features/pages/words-en.ts'
import type { TestApp } from '../support/app.ts'
import { limitsOf } from '../support/limits.ts'
import { expectPage, linkPages, NEW_PASSWORD, words } from '../support/link-pages.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive } from '../support/sessions.ts'
import { forgetTries, newAddress } from '../support/tries.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const { open, press, linked, isPending } = linkPages(() => t)

describe('the field of /reset-password', () => {
  const path = '/reset-password'

  it('is one that password managers know', async () => {
    const { token } = await linked({ purpose: 'reset_password' })
    const app = await t.beside({ env: { PASSWORD_MIN_LENGTH: '12' } })
    const text = await expectPage(await open(path, token, {}, app), 200)
    const [input = ''] = /<input id="password"[^>]*>/.exec(text) ?? []
    expect(input.replace(/\s+/g, ' ')).toBe(
      '<input id="password" name="new_password" type="password" autocomplete="new-password" minlength="12" required autofocus aria-describedby="password-hint">',
    )
    expect(text).toContain('<label for="password">')
    expect(text).toContain('At least 12 characters.')
  })

  it.each([
    ['none', undefined, 'required'],
    ['an empty one', '', 'too_short'],
    ['a short one', '1234567', 'too_short'],
    ['a long one', 'x'.repeat(129), 'too_long'],
    ['one that is far too long', 'x'.repeat(5_000), 'too_long'],
    ['a common one', 'password123', 'too_common'],
    ['one that cannot be stored', 'a\u0000b\u0000c\u0000d\u0000', 'invalid'],
    ['the username', 'username', 'contains_identifier'],
    ['the address', 'email', 'contains_identifier'],
  ] as const)('is asked for again after %s, with the reason', async (_what, typed, code) => {
    const it = await linked({ purpose: 'reset_password' })
    const { username, email } = it.person
    const password = typed === 'username' ? username : typed === 'email' ? email : typed
    const fields = { token: it.token, ...(password !== undefined && { new_password: password }) }
    const text = words(await expectPage(await press(path, fields), 422))
    const error = english.fields[code].replace('{min}', '8')
    expect(text).toContain(`<p class="error" id="password-error">${error}</p>`)
    expect(text).toContain('aria-describedby="password-error password-hint" aria-invalid="true"')
    expect(text).toContain(`<title>Error: ${english.links.reset_password.title} –`)
    expect(text).toContain(`name="token" value="${it.token}"`)
    if (password) expect(text).not.toContain(password)
    expect(await isPending(it)).toBe(true)
    await t.login(it.person)
    await expectPage(await press(path, { ...fields, new_password: NEW_PASSWORD }), 200)
  })

  it('is refused in German too', async () => {
    const { token } = await linked({ purpose: 'reset_password' })
    const answer = await press(path, { token, new_password: 'x' }, { 'accept-language': 'de' })
    expect(words(await expectPage(answer, 422))).toContain(
      'Bitte verwenden Sie mindestens 8 Zeichen.',
    )
  })

  it('may be given twice by nobody', async () => {
    const it = await linked({ purpose: 'reset_password' })
    const twice: [string, string][] = [
      ['token', it.token],
      ['new_password', NEW_PASSWORD],
      ['new_password', NEW_PASSWORD],
    ]
    const text = words(await expectPage(await press(path, twice), 422))
    expect(text).toContain(english.fields.invalid)
    expect(await isPending(it)).toBe(true)
  })

  it('keeps what was typed as it is: spaces, plus signs, percent signs, umlauts', async () => {
    const it = await linked({ purpose: 'reset_password' })
    const typed = ' a+b%20c&d=e ü🦊 '
    await expectPage(await press(path, { token: it.token, new_password: typed }), 200)
    await expectAlive(t, await t.login({ ...it.person, password: typed }))
  })

  it('is not lost where too many passwords are hashed', async () => {
    const it = await linked({ purpose: 'reset_password' })
    const full = async () => {
      throw new AppError('overloaded')
    }
    const app = await t.beside({ deps: { passwords: { hash: full, verify: full } } })
    const fields = { token: it.token, new_password: NEW_PASSWORD }
    const text = await expectPage(await press(path, fields, {}, app), 503)
    expect(text).toContain('<input id="password"')
    expect(await isPending(it)).toBe(true)
  })
})

describe('a form over its limit', () => {
  const path = '/reset-password'
  const spoken = { en: english, de: german }

  it.each(['en', 'de'] as const)('is shown again in %s, and works later', async (language) => {
    const it = await linked({ purpose: 'reset_password' })
    const { title, button } = spoken[language].links.reset_password
    const { limited } = spoken[language].problems
    const strict = await t.beside({ env: { RATE_LIMITS: limitsOf({ reset_client: 1 }) } })
    const address = newAddress()
    const headers = { 'accept-language': language, 'x-test-address': address }
    const save = (password: string) =>
      press(path, { token: it.token, new_password: password }, headers, strict)

    // What only the account can tell about a password counts, too.
    await expectPage(await save(it.person.username), 422)
    const answer = await save(NEW_PASSWORD)
    const wait = Number(answer.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(3000)
    expect(wait).toBeLessThanOrEqual(3600)
    expect(answer.headers.get('ratelimit-policy')).toBe('"reset_client";q=1;w=3600')
    expect(answer.headers.get('ratelimit')).toBe(`"reset_client";r=0;t=${wait}`)
    expect(answer.headers.get('content-language')).toBe(language)

    const text = words(await expectPage(answer, 429))
    expect(text).toContain(`<p class="error" role="alert">${limited.title}. ${limited.text}</p>`)
    expect(text).toContain(`<title>${spoken[language].error}: ${title} –`)
    expect(text).toContain(`<form method="post" action="${path.slice(1)}">`)
    expect(text).toContain(`name="token" value="${it.token}"`)
    expect(text).toContain(`<button>${button}</button>`)
    expect(text).not.toContain(NEW_PASSWORD)
    expect(await isPending(it)).toBe(true)
    await t.login(it.person)
    expect(strict.log.filter(({ event }) => event === 'limit_reached')).toMatchObject([
      { route: path, limit: 'reset_client', level: 'warn' },
    ])

    // From elsewhere, or from here when the wait is over.
    await forgetTries(t, 'reset_client', address)
    await expectPage(await save(NEW_PASSWORD), 200)
    expect(await isPending(it)).toBe(false)
  })

  it('opens and is pressed for other links all the same', async () => {
    const strict = await t.beside({ env: { RATE_LIMITS: limitsOf({ reset_client: 1 }) } })
    const headers = { 'x-test-address': '2001:db8:f0:f0::1' }
    const it = await linked({ purpose: 'reset_password' })
    for (const status of [422, 429]) {
      const fields = {
        token: it.token,
        new_password: status === 422 ? it.person.username : NEW_PASSWORD,
      }
      await expectPage(await press(path, fields, headers, strict), status)
    }
    await expectPage(await open(path, it.token, headers, strict), 200)
    const other = await linked({ purpose: 'verify_email' })
    await expectPage(await press('/verify-email', { token: other.token }, headers, strict), 200)
  })
})
