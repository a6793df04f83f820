import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const EVERYWHERE = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}
/** As a content policy has it: base64 with padding. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
}

const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"

describe('the headers of', () => {
  it.each<[string, RequestInit?]>([
    ['/health'],
    ['/health/ready'],
    ['/openapi.json'],
    ['/auth/me'],
    ['/nowhere'],
    ['/auth/login'],
    ['/auth/login', { method: 'OPTIONS' }],
    ['/auth/login', { method: 'POST' }],
    ['/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }],
    ['/docs/swagger-ui-dist/swagger-ui.css'],
    ['/docs/swagger-ui-dist/swagger-ui-bundle.js'],
    ['/docs/swagger-ui-dist/docs-page.js'],
    ['/docs/swagger-ui-dist/docs-page.css'],
    ['/docs/'],
  ])('%s %j are strict', async (path, init) => {
    const { headers } = await t.request(path, init)
    expect(Object.fromEntries(headers)).toMatchObject(EVERYWHERE)
    expect(headers.get('content-security-policy')).toBe(NO_CONTENT_POLICY)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    for (const name of ['server', 'x-powered-by', 'set-cookie', 'etag']) {
      expect(headers.get(name)).toBeNull()
    }
  })

  it('what has tokens are no-store too, and set no cookie', async () => {
    const person = await t.signup()
    const body = { username_or_email: person.username, password: PASSWORD }
    const login = await t.post('/auth/login', body)
    const tokens = await login.json()
    const answers = [
      login,
      await t.refresh(tokens.refresh_token),
      await t.get('/auth/me', tokens.access_token),
      await t.get('/auth/sessions', tokens.access_token),
    ]
    for (const { status, headers } of answers) {
      expect(status).toBe(200)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(headers.get('set-cookie')).toBeNull()
    }
  })

  it('the docs page have a policy of its own: one inline script, by its hash, and nothing from elsewhere', async () => {
    const answer = await t.get('/docs')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(Object.fromEntries(answer.headers)).toMatchObject(EVERYWHERE)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toMatch(/; script-src 'self' '[^' ]+'; /)
    expect(policy.match(/'unsafe-[^']+'/g)).toEqual(["'unsafe-inline'"])
    expect(policy).toContain("style-src 'self' 'unsafe-inline'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/)
    const page = await answer.text()
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//)
    const scripts = Array.from(page.matchAll(/<script>(.*?)<\/script>/gs), ([, text = '']) => text)
    expect(scripts).toHaveLength(1)
    expect(policy).toContain(`'sha256-${await sha256(scripts[0] ?? '')}'`)
    expect(page).not.toMatch(/\son\w+=/)
  })

  it('the docs page is hashed once, for hashes may wait behind those of passwords', async () => {
    await t.get('/docs')
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const answers = await Promise.all([t.get('/docs'), t.get('/docs')])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(digest).not.toHaveBeenCalled()
    digest.mockRestore()
  })

  it('the docs page write the project’s name as text', async () => {
    const named = await createTestApp({ env: { PROJECT_NAME: '<script>alert("&")</script>' } })
    const [plainDocs, docs] = [await t.get('/docs'), await named.get('/docs')]
    const page = await docs.text()
    expect(page).toContain('<title>&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;</title>')
    expect(page.replace(/<title>.*<\/title>/, '')).toBe(
      (await plainDocs.text()).replace(/<title>.*<\/title>/, ''),
    )
    const header = 'content-security-policy'
    expect(docs.headers.get(header)).toBe(plainDocs.headers.get(header))
    const document = await (await named.get('/openapi.json')).json()
    expect(document.info.title).toBe('<script>alert("&")</script>')
    await named.close()
  })
})

describe('the request id', () => {
  it.each(['a', 'trace-1_2:3.4', 'x'.repeat(128), crypto.randomUUID()])(
    'is the one given: %s',
    async (id) => {
      const answer = await t.request('/nowhere', { headers: { 'x-request-id': id } })
      expect(answer.headers.get('x-request-id')).toBe(id)
      expect((await answer.json()).request_id).toBe(id)
      expect(t.log.at(-1)).toMatchObject({ request_id: id })
    },
  )

  it.each(['', ' ', 'a b', 'x'.repeat(129), '"}{', '<b>', 'a;b', 'caf\u00e9'])(
    'is a new one instead of %j',
    async (id) => {
      const answer = await t.request('/nowhere', { headers: { 'x-request-id': id } })
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
      const other = await t.request('/nowhere', { headers: { 'x-request-id': id } })
      expect(other.headers.get('x-request-id')).not.toBe(answer.headers.get('x-request-id'))
    },
  )
})

it('the access log names routes, never what was sent', async () => {
  const tokens = await t.login(await t.signup())
  await t.get('/auth/me?access_token=secret-in-query', tokens.access_token)
  await t.request('/auth/sessions/secret-in-path', { method: 'DELETE' })
  const lines = t.log.slice(-2)
  expect(lines).toMatchObject([
    { event: 'request', method: 'GET', route: '/auth/me', status: 200 },
    { event: 'request', method: 'DELETE', route: '/auth/sessions/:id', status: 401 },
  ])
  expect(JSON.stringify(t.log)).not.toMatch(/secret-in|eyJ/)
})
