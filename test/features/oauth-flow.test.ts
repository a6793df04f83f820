import { afterAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { answered, enrolledPerson, mfaToken } from '../support/factors.ts'
import {
  FEDERATED,
  ISSUERS,
  profileOf,
  RETURN_ALSO,
  RETURN_TO,
  redeemed,
  vouch,
  wayBack,
} from '../support/federated.ts'
import { browserOf, codeIn } from '../support/flow-browser.ts'
import { optionsOf } from '../support/passkeys.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

const t: TestApp = await createTestApp({ env: FEDERATED })
afterAll(() => t.close())

const person = () => vouch(profileOf())
const changed = (text: string) =>
  text.slice(0, -9) + (text.at(-9) === 'A' ? 'B' : 'A') + text.slice(-8)

describe('a state', () => {
  it('is good for one way back, in the browser and from the provider that it was made for', async () => {
    const browser = browserOf(t)
    const state = await browser.begin()
    const before = await redeemed('fake')
    const elsewhere = browserOf(t)
    await elsewhere.begin()
    const refused = [
      await elsewhere.callback({ code: person(), state }),
      await browserOf(t).callback({ code: person(), state }),
      await browser.callback({ code: person(), state }, { provider: 'other' }),
      await browser.callback({ code: person(), state: changed(state) }),
      await browser.callback({ code: person() }),
      await browser.callback({ code: person(), state: '' }),
      await t.request(`/auth/oauth/fake/callback?code=x&state=${state}&state=${state}`, {
        headers: { cookie: browser.cookie() },
      }),
    ]
    for (const answer of refused) {
      expect(answer.headers.get('location')).toBeNull()
      await expectProblem(answer, 'oauth_state_invalid')
    }
    expect(await redeemed('fake')).toBe(before)
    codeIn(await browser.callback({ code: person(), state }))
    await expectProblem(await browser.callback({ code: person(), state }), 'oauth_state_invalid')
    expect(await redeemed('fake')).toBe(before + 1)
  })

  it('leads nowhere where the list of ways back has become shorter', async () => {
    const browser = browserOf(t)
    const state = await browser.begin({ returnTo: RETURN_ALSO })
    const app = await t.beside({ env: { ...FEDERATED, OAUTH_RETURN_URLS: RETURN_TO } })
    const later = browserOf(app)
    later.steal(browser.cookie())
    await expectProblem(await later.callback({ code: person(), state }), 'oauth_state_invalid')
  })

  it('is short enough for X, whatever it is for and however long the way back', async () => {
    const long = `${RETURN_TO}?${'x'.repeat(499 - RETURN_TO.length)}`
    const app = await t.beside({ env: { ...FEDERATED, OAUTH_RETURN_URLS: `${RETURN_TO},${long}` } })
    const token = (await t.login(await t.signup())).access_token
    for (const intent of ['login', 'link', 'reauth']) {
      const state = await browserOf(app).begin({ intent, token, returnTo: long })
      expect([intent, state.length <= 500]).toEqual([intent, true])
    }
  })

  it('is over after ten minutes', async () => {
    const app = await t.beside({ env: FEDERATED })
    const browser = browserOf(app)
    const state = await browser.begin()
    app.advance(601)
    await expectProblem(await browser.callback({ code: person(), state }), 'oauth_state_invalid')
  })

  it('of each of three tabs works, and that of a fourth before them no more', async () => {
    const browser = browserOf(t)
    const states = []
    for (let tab = 0; tab < 4; tab++) states.push(await browser.begin())
    const [first = '', ...others] = states
    await expectProblem(
      await browser.callback({ code: person(), state: first }),
      'oauth_state_invalid',
    )
    for (const state of others.reverse()) {
      const code = codeIn(await browser.callback({ code: person(), state }))
      await answered(browser.exchange(code))
    }
    expect(browser.cookie()).toBe('ea_oauth=')
  })

  it('that is not good shows people a page, in their language, with nothing of the request', async () => {
    const answer = await browserOf(t).callback(
      { code: 'c-of-somebody', state: '<script>x</script>' },
      { accept: 'text/html,*/*;q=0.8' },
    )
    expect(answer.status).toBe(400)
    const page = await answer.text()
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page).toContain('This sign-in is not valid any more')
    expect(page).not.toMatch(/c-of-somebody|<script|href="http/)
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })
})

describe('what the provider says goes to the app as a code of ours', () => {
  it.each([
    ['provider_denied', { error: 'access_denied' }],
    ['provider_failed', { code: 'unknown' }],
    ['provider_failed', { error: 'server_error', error_description: 'a word of a stranger' }],
  ])('%s', async (error, parameters) => {
    const browser = browserOf(t)
    const state = await browser.begin()
    const answer = await browser.callback({ ...parameters, state } as Record<string, string>)
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      `${RETURN_TO}?error=${error}`,
    ])
    await expectProblem(await browser.callback({ code: person(), state }), 'oauth_state_invalid')
  })

  it('also what no one expects, of which the log alone tells', async () => {
    const browser = browserOf(t)
    const state = await browser.begin()
    const code = vouch(profileOf({ subject: '' }))
    const answer = await browser.callback({ code, state })
    expect(answer.headers.get('location')).toBe(`${RETURN_TO}?error=provider_failed`)
  })
})

describe('a code', () => {
  it('is good once, in the browser that the sign-in was begun in', async () => {
    const browser = browserOf(t)
    const code = await browser.arrive(person())
    const elsewhere = browserOf(t)
    await elsewhere.begin()
    for (const answer of [
      await elsewhere.exchange(code),
      await browserOf(t).exchange(code),
      await browser.exchange(changed(code)),
      await browser.exchange(`${code}x`),
    ]) {
      await expectProblem(answer, 'oauth_code_invalid')
    }
    const kept = browser.cookie()
    await answered(browser.exchange(code))
    browser.steal(kept)
    await expectProblem(await browser.exchange(code), 'oauth_code_invalid')
  })

  it('is good once for somebody who is known, too, and where a second factor is asked for', async () => {
    const profile = profileOf()
    for (const [times, factors] of [
      [1, 0],
      [2, 0],
      [3, 1],
    ]) {
      const browser = browserOf(t)
      const code = await browser.arrive(vouch(profile))
      const kept = browser.cookie()
      await t.column(
        `update edge_auth.users set factor_count = ${factors} where email = '${profile.email}' returning id`,
      )
      const body = await answered(browser.exchange(code))
      expect([times, Object.keys(body)[0]]).toEqual([
        times,
        factors === 0 ? 'access_token' : 'mfa_required',
      ])
      browser.steal(kept)
      await expectProblem(await browser.exchange(code), 'oauth_code_invalid')
    }
  })

  it('is over after a minute', async () => {
    const app = await t.beside({ env: FEDERATED })
    const browser = browserOf(app)
    const code = await browser.arrive(person())
    app.advance(61)
    await expectProblem(await browser.exchange(code), 'oauth_code_invalid')
  })
})

it('no token of one kind passes for another', async () => {
  const browser = browserOf(t)
  const owner = await enrolledPerson(t)
  const token = owner.tokens.access_token
  const state = await browser.begin()
  const code = await browser.arrive(person())
  await t.column(
    `update edge_auth.users set email_verified_at = now() where id = '${owner.id}' returning id`,
  )
  const exists = await browser.exchange(
    await browser.arrive(vouch(profileOf({ email: owner.email }))),
  )
  const { link_token: link } = await answered(exists, 409)
  const mfa = await mfaToken(t, owner)
  const { challenge_token: challenge } = await optionsOf(t)
  const tokens = { state, code, link, mfa, challenge, token }
  const doors: Record<string, (value: string) => Promise<Response>> = {
    state: (value) => browser.callback({ code: person(), state: value }),
    code: (value) => browser.exchange(value),
    link: (value) => browser.post('/auth/identities', { link_token: value }, { token }),
    mfa: (value) => t.post('/auth/mfa/verify', { mfa_token: value, totp_code: '123456' }),
    reset: (value) =>
      t.post('/auth/password/reset', { token: value, new_password: 'a new one for this' }),
    verification: (value) => t.post('/auth/email/verify', { token: value }),
    bearer: (value) => t.get('/auth/me', value),
  }
  for (const [door, enter] of Object.entries(doors)) {
    for (const [kind, value] of Object.entries(tokens)) {
      if (kind === door || (kind === 'token' && door === 'bearer')) continue
      const { status } = await enter(value)
      expect([door, kind, status]).toEqual([
        door,
        kind,
        expect.toSatisfy((it) => it === 400 || it === 401),
      ])
    }
  }
  // And each still works at its own.
  codeIn(await browser.callback({ code: person(), state }))
  await answered(browser.exchange(code))
  await answered(browser.post('/auth/identities', { link_token: link }, { token }), 201)
})

describe('the way back', () => {
  it('is the first that is configured, or another of them', async () => {
    const browser = browserOf(t)
    const first = await browser.callback({ code: person(), state: await browser.begin() })
    expect(first.headers.get('location')).toMatch(`${RETURN_TO}?code=`)
    const state = await browser.begin({ returnTo: RETURN_ALSO })
    const other = await browser.callback({ code: person(), state })
    expect(other.headers.get('location')).toMatch(`${RETURN_ALSO}&code=`)
  })

  it.each([
    'https://app.example.org/signed-in/',
    'https://app.example.org/Signed-in',
    'https://APP.example.org/signed-in',
    'HTTPS://app.example.org/signed-in',
    'https://app.example.org//signed-in',
    'https://app.example.org/signed-in?x=1',
    'https://app.example.org/signed-in#x',
    'https://app.example.org/signed-in%20',
    'https://app.example.org:443/signed-in',
    'https://app.example.org@evil.example/signed-in',
    'https://user@app.example.org/signed-in',
    'https://app.example.org.evil.example/signed-in',
    'https://app.example.org/signed-in/../signed-in',
    'https://app.example.org/popup?kind=popup&kind=x',
    'https://app.example.org/popup',
    '//app.example.org/signed-in',
    'http://app.example.org/signed-in',
    'javascript:alert(1)',
    'https://app.example.org',
    '',
  ])('is never %j', async (return_to) => {
    const answer = await t.post('/auth/oauth/fake/start', { return_to })
    expect(await refusedFields(answer)).toEqual(['/return_to invalid_value'])
    expect(answer.headers.get('set-cookie')).toBeNull()
  })
})

describe('a provider that sends the browser back by a POST', () => {
  it('gets the cookie along, and only while such a sign-in is under way', async () => {
    const app = await t.beside({
      env: FEDERATED,
      deps: { publicUrl: () => 'https://auth.example.org' },
    })
    const browser = browserOf(app)
    const plain = await browser.start()
    expect(plain.headers.get('set-cookie')).toMatch(
      /^__Host-Http-ea_oauth=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/,
    )
    const started = await browser.start({ provider: 'apple' })
    expect(started.headers.get('set-cookie')).toMatch(/; Secure; SameSite=None$/)
    const { authorization_url: url } = (await started.json()) as { authorization_url: string }
    const asked = new URL(url).searchParams
    expect(asked.get('redirect_uri')).toBe('https://auth.example.org/auth/oauth/apple/callback')
    expect(asked.get('response_mode')).toBe('form_post')
    const said = vouch(profileOf({ issuer: ISSUERS.apple }))
    const form = new URLSearchParams(await wayBack({ code: said, state: asked.get('state') ?? '' }))
    const answer = await app.request('/auth/oauth/apple/callback', {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        cookie: browser.cookie(),
        origin: 'https://appleid.apple.com',
        'sec-fetch-site': 'cross-site',
      },
      body: form.toString(),
    })
    const ended = await browser.exchange(codeIn(answer))
    expect(ended.headers.get('set-cookie')).toMatch(/Max-Age=600.*SameSite=Lax$/)
    await answered(ended)
  })
})

it('a provider that is not configured is not found', async () => {
  await expectProblem(await t.post('/auth/oauth/nobody/start', {}), 'not_found')
  const callback = await browserOf(t).callback({ state: 'x' }, { provider: 'nobody' })
  await expectProblem(callback, 'not_found')
  expect(await answered(t.get('/auth/providers'))).toEqual({
    providers: [
      { id: 'apple', name: 'Apple' },
      { id: 'fake', name: 'Fake fake' },
      { id: 'other', name: 'Fake other' },
    ],
  })
})
