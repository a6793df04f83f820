import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AuthError, memoryStorage } from '../../client/index.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'
import { createBrowser, type Fault } from './support.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const RETURN = 'https://app.example.org/return?view=1&code=CODE#part'
const AT_PROVIDER = 'https://provider.example.org/authorize?state=s'
const IDENTITY = {
  id: '0198c1f0-0000-7000-8000-000000000001',
  provider: 'test',
  provider_name: 'Test',
  email: null,
  created_at: '2026-01-01T00:00:00Z',
  last_used_at: null,
}

/** A tab of the browser: its address, its history, its own storage. */
function openTab(href = 'https://app.example.org/', sessionStorage = memoryStorage()) {
  const went: string[] = []
  const location = { href, assign: (url: string) => went.push(url) }
  const replaceState = (_: unknown, __: string, url: string) => {
    location.href = url
  }
  vi.stubGlobal('location', location)
  vi.stubGlobal('history', { state: null, replaceState })
  vi.stubGlobal('sessionStorage', sessionStorage)
  return { location, went, sessionStorage }
}

/** What `window.open` gives. */
function popupOf() {
  const popup = {
    closed: false,
    urls: [] as string[],
    location: { replace: (url: string) => popup.urls.push(url) },
    close: () => {
      popup.closed = true
    },
    /** The tab's storage as it was copied when the popup was opened. */
    copied: memoryStorage(),
  }
  const open = vi.fn((_: string, __: string, ___: string) => {
    for (const key of keys) {
      const value = globalThis.sessionStorage.getItem(key)
      if (value !== null) popup.copied.setItem(key, value)
    }
    return popup
  })
  vi.stubGlobal('open', open)
  vi.stubGlobal('document', { hasFocus: () => true })
  return { popup, open }
}
let keys: string[] = []

const answer =
  (content: object, status = 200): Fault =>
  async () =>
    Response.json(content, { status })
const refuse =
  (content: { code: string }, status: number): Fault =>
  async () =>
    new Response(JSON.stringify({ status, title: 'No', ...content }), {
      status,
      headers: { 'content-type': 'application/problem+json' },
    })
const started = answer({ authorization_url: AT_PROVIDER })
const tokens = async () => {
  const person = await t.signup()
  const answer = await t.post('/auth/login', {
    username_or_email: person.username,
    password: PASSWORD,
  })
  return (await answer.json()) as { access_token: string }
}

/** A browser whose tabs can be found in its `sessionStorage`. */
function startBrowser() {
  const browser = createBrowser(t)
  keys = [`${browser.key}:flow`]
  return browser
}

const refusal = (pending: Promise<unknown>): Promise<AuthError> =>
  pending.then(
    () => Promise.reject(new Error('it was not refused')),
    (error) => error,
  )

const bodyOf = (request: Request | undefined) => request?.clone().json()

beforeEach(() => void openTab())
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('by redirect', () => {
  it('leaves the page, and logs in on the page of return_to', async () => {
    const { faults, sent, tab } = startBrowser()
    const { went, sessionStorage } = openTab()
    faults.push(started)
    void tab().loginWith('test', { returnTo: 'https://app.example.org/return', invitation: 'inv' })
    await expect.poll(() => went).toEqual([AT_PROVIDER])
    const [start] = sent
    expect([new URL(start?.url ?? '').pathname, start?.credentials]).toEqual([
      '/auth/oauth/test/start',
      'include',
    ])
    expect(await bodyOf(start)).toEqual({
      intent: 'login',
      return_to: 'https://app.example.org/return',
    })

    const { location } = openTab(RETURN, sessionStorage)
    const client = tab()
    const told: boolean[] = []
    client.onChange((isLoggedIn) => told.push(isLoggedIn))
    faults.push(answer(await tokens()))
    // A page that is rendered twice asks twice.
    const [one, other] = await Promise.all([client.completeLogin(), client.completeLogin()])
    expect(one).toEqual({ intent: 'login', mfa_required: false, password_breached: false })
    expect(other).toBe(one)
    expect(location.href).toBe('https://app.example.org/return?view=1#part')
    const [, exchange] = sent
    expect([sent.length, exchange?.credentials]).toEqual([2, 'include'])
    expect(exchange?.headers.get('authorization')).toBeNull()
    expect(await bodyOf(exchange)).toEqual({ code: 'CODE', invitation: 'inv' })
    expect([client.isLoggedIn(), told]).toEqual([true, [true]])
    expect(await client.completeLogin()).toBeUndefined()
  })

  it('asks for a second factor where the service does', async () => {
    const { faults, tab, storage, key } = startBrowser()
    openTab(RETURN)
    faults.push(
      answer({ mfa_required: true, mfa_token: 'm', expires_in: 300, methods: ['totp'] }),
      answer(await tokens()),
    )
    const client = tab()
    const outcome = await client.completeLogin()
    if (outcome?.intent !== 'login' || !outcome.mfa_required) throw new Error('none is asked for')
    expect([storage.getItem(key), client.isLoggedIn()]).toEqual([null, false])
    await outcome.verify({ totp_code: '123456' })
    expect(client.isLoggedIn()).toBe(true)
  })

  it('tells what the provider said no by', async () => {
    const { tab, sent } = startBrowser()
    const { location } = openTab('https://app.example.org/return?error=provider_denied')
    const { code, status } = await refusal(tab().completeLogin())
    expect([code, status, location.href]).toEqual([
      'provider_denied',
      0,
      'https://app.example.org/return',
    ])
    expect(sent).toEqual([])
    openTab('https://app.example.org/return?error=%3Cscript%3E')
    expect((await refusal(tab().completeLogin())).code).toBe('unknown_error')
  })

  it('gives what links the identity after a log-in', async () => {
    const { faults, tab, sent } = startBrowser()
    openTab(RETURN)
    faults.push(refuse({ code: 'account_exists', ...{ link_token: 'L', expires_in: 600 } }, 409))
    const client = tab()
    const { code, linkToken = '' } = await refusal(client.completeLogin())
    expect([code, linkToken]).toEqual(['account_exists', 'L'])
    const { username } = await t.signup()
    await client.login({ username_or_email: username, password: PASSWORD })
    faults.push(answer(IDENTITY, 201))
    expect(await client.linkIdentity(linkToken)).toEqual(IDENTITY)
    const last = sent.at(-1)
    expect([new URL(last?.url ?? '').pathname, last?.credentials]).toEqual([
      '/auth/identities',
      'include',
    ])
    expect(await bodyOf(last)).toEqual({ link_token: 'L' })
    expect(last?.headers.get('authorization')).toMatch(/^Bearer /)
  })

  it('links, and proves once more who is logged in, as the user', async () => {
    const { faults, tab, sent, storage, key } = startBrowser()
    const { username } = await t.signup()
    const first = tab()
    await first.login({ username_or_email: username, password: PASSWORD })
    for (const intent of ['link', 'reauth'] as const) {
      const { went, sessionStorage } = openTab()
      faults.push(started)
      void (intent === 'link' ? first.link('test') : first.reauthWith('test'))
      await expect.poll(() => went).toHaveLength(1)
      expect(sent.at(-1)?.headers.get('authorization')).toMatch(/^Bearer /)
      expect(await bodyOf(sent.at(-1))).toEqual({ intent })
      openTab(RETURN, sessionStorage)
      const before = JSON.parse(storage.getItem(key) ?? '')
      const raised = await tokens()
      faults.push(answer(intent === 'link' ? { linked: IDENTITY } : raised))
      const done = await tab().completeLogin()
      expect(done).toEqual(intent === 'link' ? { intent, linked: IDENTITY } : { intent })
      expect(sent.at(-1)?.headers.get('authorization')).toBe(`Bearer ${before.access_token}`)
      const after = JSON.parse(storage.getItem(key) ?? '')
      expect(after.login_id).toBe(before.login_id)
      expect(after.access_token).toBe(intent === 'link' ? before.access_token : raised.access_token)
    }
  })

  it('ends where the person comes back by "back"', async () => {
    const { faults, tab } = startBrowser()
    const page = new EventTarget()
    const { went } = openTab()
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
    faults.push(started)
    const pending = refusal(tab().loginWith('test'))
    await expect.poll(() => went).toHaveLength(1)
    page.dispatchEvent(new Event('pageshow'))
    page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
    expect((await pending).code).toBe('provider_denied')
  })
})

describe('by popup', () => {
  it('opens it at once, and goes on with what it hands over', async () => {
    const { faults, tab, sent } = startBrowser()
    const { popup, open } = popupOf()
    faults.push(started, answer(await tokens()))
    const client = tab()
    const pending = client.loginWith('test', { mode: 'popup' })
    expect(open).toHaveBeenCalledOnce()
    await expect.poll(() => popup.urls).toEqual([AT_PROVIDER])
    expect(globalThis.sessionStorage.getItem(keys[0] ?? '')).toBeNull()

    openTab(RETURN, popup.copied)
    const close = vi.fn()
    vi.stubGlobal('close', close)
    expect(await tab().completeLogin()).toBeUndefined()
    expect(close).toHaveBeenCalledOnce()
    expect(await pending).toEqual({ mfa_required: false, password_breached: false })
    expect([client.isLoggedIn(), sent.length, popup.closed]).toEqual([true, 2, true])
  })

  it('hands over an error, too', async () => {
    const { faults, tab } = startBrowser()
    const { popup } = popupOf()
    faults.push(started)
    const pending = refusal(tab().loginWith('test', { mode: 'popup' }))
    await expect.poll(() => popup.urls).toHaveLength(1)
    openTab('https://app.example.org/return?error=provider_failed', popup.copied)
    await tab().completeLogin()
    expect((await pending).code).toBe('provider_failed')
  })

  it('finishes by itself where nobody waits for it any more', async () => {
    const { faults, tab } = startBrowser()
    const flow = { id: 'gone', intent: 'login', isPopup: true }
    const copied = memoryStorage()
    copied.setItem(keys[0] ?? '', JSON.stringify(flow))
    openTab(RETURN, copied)
    faults.push(answer(await tokens()))
    const client = tab()
    expect(await client.completeLogin()).toMatchObject({ intent: 'login', mfa_required: false })
    expect(client.isLoggedIn()).toBe(true)
  })

  it('ends if the person closes it, and waits on while the person only seems to', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { faults, tab } = startBrowser()
    const { popup } = popupOf()
    let isHere = false
    vi.stubGlobal('document', { hasFocus: () => isHere })
    faults.push(started)
    const ended = vi.fn()
    const pending = refusal(tab().loginWith('test', { mode: 'popup' })).finally(ended)
    await expect.poll(() => popup.urls).toHaveLength(1)
    popup.closed = true
    await vi.advanceTimersByTimeAsync(60_000)
    expect(ended).not.toHaveBeenCalled()
    isHere = true
    await vi.advanceTimersByTimeAsync(3_000)
    expect((await pending).code).toBe('provider_denied')
  })

  it('is closed where the service refuses to begin', async () => {
    const { faults, tab } = startBrowser()
    const { popup } = popupOf()
    faults.push(refuse({ code: 'not_found' }, 404))
    const { code } = await refusal(tab().loginWith('none', { mode: 'popup' }))
    expect([code, popup.closed]).toEqual(['not_found', true])
  })

  it('is a redirect where the browser blocks it', async () => {
    const { faults, tab } = startBrowser()
    const { went, sessionStorage } = openTab()
    vi.stubGlobal('open', () => null)
    faults.push(started)
    void tab().loginWith('test', { mode: 'popup' })
    await expect.poll(() => went).toEqual([AT_PROVIDER])
    openTab(RETURN, sessionStorage)
    faults.push(answer(await tokens()))
    expect(await tab().completeLogin()).toMatchObject({ intent: 'login' })
  })
})

it('lists providers and identities, and unlinks', async () => {
  const { faults, tab, sent } = startBrowser()
  const client = tab()
  faults.push(answer({ providers: [{ id: 'test', name: 'Test' }] }))
  expect(await client.providers()).toEqual([{ id: 'test', name: 'Test' }])
  const list = { identities: [IDENTITY], has_password: false }
  faults.push(answer(list), async () => new Response(null, { status: 204 }))
  expect(await client.identities()).toEqual(list)
  await client.unlink('a/b')
  expect([sent[2]?.method, new URL(sent[2]?.url ?? '').pathname]).toEqual([
    'DELETE',
    '/auth/identities/a%2Fb',
  ])
})

it('does nothing on a server, and on a page that nobody came to from a provider', async () => {
  const { tab } = startBrowser()
  expect(await tab().completeLogin()).toBeUndefined()
  vi.stubGlobal('location', undefined)
  expect(await tab().completeLogin()).toBeUndefined()
})
