import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FIELD_PROBLEMS } from '../../src/errors.ts'
import { commonEnglish } from '../../src/features/pages/words-common-en.ts'
import { HOSTED_WORDS } from '../../src/features/pages/words-hosted.ts'
import type { TestApp } from '../support/app.ts'
import { asPage, OWN_PAGE } from '../support/cookies.ts'
import { visitor } from '../support/hosted-pages.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

describe('what a page asks of the API', () => {
  it('has the address, the browser and the id of the request for the page', async () => {
    const { username, password } = await t.signup()
    const at = visitor(() => t)
    const sent = {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
      'x-test-address': '203.0.113.9',
      'x-request-id': `page-${username}`,
      // Of a proxy that asks for a password of its own. It is no token, and hides no cookie.
      authorization: 'Basic eDp5',
    }
    const fields = { form: 'password', username_or_email: username, password }
    expect((await at.send('/login', fields, sent)).status).toBe(303)
    const cookie = `ea_session=${at.jar.get('ea_session')}`
    const answer = await asPage(t, 'GET', '/auth/sessions', { cookie, headers: OWN_PAGE })
    const { sessions } = await answer.json()
    expect(sessions).toEqual([
      expect.objectContaining({
        ip: '203.0.113.9',
        user_agent: { browser: 'Firefox 143', device: 'desktop', os: 'Linux' },
        transport: 'cookie',
      }),
    ])
    const { authorization } = sent
    expect((await at.open('/account', { authorization })).status).toBe(200)
    expect((await at.open('/login', { authorization })).headers.get('location')).toBe('account')
    // Of two with one name the first counts, as everywhere.
    const twice = `${cookie}; ea_session=x`
    expect((await at.open('/account', { cookie: twice })).status).toBe(200)
    const logged = t.log.filter(({ request_id }) => request_id === sent['x-request-id'])
    expect(logged.map(({ route }) => route)).toEqual(
      expect.arrayContaining(['/login', '/auth/login']),
    )
  })

  it('is never more than a client may ask: no page has a token in its text', async () => {
    const { username, password } = await t.signup()
    const at = visitor(() => t)
    const fields = { form: 'password', username_or_email: username, password }
    const answer = await at.send('/login', fields)
    const shown = [await answer.text(), await (await at.open('/account')).text()].join()
    expect(shown).not.toContain(at.jar.get('ea_session') ?? 'nothing')
    expect(shown).not.toMatch(/eyJ[\w-]+\.[\w-]+\./)
  })
})

describe('the words of pages', () => {
  const keysOf = (words: object, path = ''): string[] =>
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === 'string' ? [`${path}/${key}`] : keysOf(value, `${path}/${key}`),
    )

  it('are the same in each language, none of them empty, with the same gaps', () => {
    const { en, de } = HOSTED_WORDS
    expect(keysOf(de).toSorted()).toEqual(keysOf(en).toSorted())
    const at = (words: object, path: string) =>
      path
        .split('/')
        .slice(1)
        .reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], words)
    const gapsOf = (words: object, path: string) =>
      String(at(words, path))
        .match(/\{\w+\}/g)
        ?.toSorted()
    for (const path of keysOf(en)) {
      expect(at(de, path), path).not.toBe('')
      expect(gapsOf(de, path), path).toEqual(gapsOf(en, path))
    }
  })

  it('have one for every reason to refuse a field', () => {
    for (const code of Object.keys(FIELD_PROBLEMS))
      expect(commonEnglish.refusals).toHaveProperty(code)
  })
})
