import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { type Document, permissionOf, routesOf } from '../support/openapi.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const NOWHERE = 'https://elsewhere.example'
const home = (accept?: string, app = t) =>
  app.request('/', { headers: { ...(accept !== undefined && { accept }) } })

describe('GET /', () => {
  it('lists every operation of the document for programs, at relative addresses', async () => {
    const answer = await home()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const { name, version, links, endpoints } = await answer.json()
    expect({ name, version, links }).toEqual({
      name: 'Edge Auth',
      version: '0.0.0-tests',
      links: {
        ...{ login: 'login', signup: 'signup' },
        ...{ documentation: 'docs', openapi: 'openapi.json' },
      },
    })
    const document: Document = await (await t.get('/openapi.json')).json()
    const listed = endpoints.map(
      ({ method, href }: { method: string; href: string }) => `${method} /${href}`,
    )
    const documented = routesOf(document).map((route) => route.name)
    expect(listed.toSorted()).toEqual(documented.toSorted())
    expect(Object.keys(endpoints[0])).toEqual(['method', 'href', 'summary'])
  })

  it('is a page for people, whose links work under any path prefix', async () => {
    const answer = await home(BROWSER)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const page = await answer.text()
    const links = Array.from(page.matchAll(/<a href="([^"]*)"/g), ([, href = '']) => href)
    expect(links).toEqual([
      ...['login', 'signup', 'docs', 'openapi.json', 'auth/providers'],
      ...['.well-known/jwks.json', 'health', 'health/ready'],
    ])
    for (const link of links) {
      const { pathname } = new URL(link, 'http://localhost/')
      expect((await t.get(pathname)).status).toBe(200)
    }
    expect(page).toContain('/auth/signup')
    expect(page).toContain('0.0.0-tests')
  })

  it('folds up what is for admins, and nothing else', async () => {
    const page = await (await home(BROWSER)).text()
    const [everybodys = '', folded = '', ...others] = page.split('<details>')
    expect(others).toEqual([])
    const document: Document = await (await t.get('/openapi.json')).json()
    const linesIn = (part: string) => part.match(/<li>/g)?.length
    const forAdmins = routesOf(document).filter((route) => permissionOf(route) !== undefined)
    expect(linesIn(folded)).toBe(forAdmins.length)
    expect(linesIn(everybodys)).toBe(routesOf(document).length - forAdmins.length)
    expect(everybodys).not.toContain('/admin')
    expect(folded).not.toContain('/auth')
  })

  it('the page may do nothing but be shown', async () => {
    const answer = await home(BROWSER)
    const page = await answer.text()
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? []
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style))
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)))
    expect(answer.headers.get('content-security-policy')?.split('; ').sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      'img-src data:',
      `style-src 'sha256-${hash}'`,
    ])
    expect(page).not.toMatch(/<script|\sstyle=|\son\w+=|https?:/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
  })

  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/json, text/html', 'application/json'],
    ['text/html;q=0.5, application/json', 'application/json'],
    ['text/html;q=0, */*', 'application/json'],
    ['text/htmlx', 'application/json'],
    [`${'text/html;q=0,'.repeat(3)}*/*;q=0.1`, 'application/json'],
    [BROWSER, 'text/html'],
    ['text/html', 'text/html'],
    ['TEXT/HTML ; Q=0.9, */*;q=0.1', 'text/html'],
    ['application/json;q=0.1, text/*', 'text/html'],
  ])('for Accept: %s is %s, and caches are told', async (accept, type) => {
    const answer = await home(accept)
    expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
    expect(answer.headers.get('vary')).toBe('Accept, Origin')
  })

  it('is there by HEAD too, with no body', async () => {
    for (const accept of ['*/*', BROWSER]) {
      const got = await home(accept)
      const head = await t.request('/', { method: 'HEAD', headers: { accept } })
      expect([head.status, await head.text()]).toEqual([200, ''])
      expect(head.headers.get('content-type')).toBe(got.headers.get('content-type'))
    }
  })

  it('may be read by a listed origin alone', async () => {
    for (const [origin, allowed] of [
      ['https://app.example.org', 'https://app.example.org'],
      [NOWHERE, null],
    ] as const) {
      const { headers } = await t.request('/', { headers: { origin } })
      expect(headers.get('access-control-allow-origin')).toBe(allowed)
    }
  })

  it('writes the project’s name as text', async () => {
    const name = '</title><script>alert("&")</script>'
    const named = await createTestApp({ env: { PROJECT_NAME: name } })
    const page = await (await home(BROWSER, named)).text()
    expect(page.match(/&lt;script&gt;alert\(&quot;&amp;&quot;\)/g)).toHaveLength(2)
    expect(page).not.toContain('<script')
    expect((await (await home('*/*', named)).json()).name).toBe(name)
    await named.close()
  })
})

describe('/docs/', () => {
  it('leads to /docs, under any path prefix', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await t.request('/docs/', { method, redirect: 'manual' })
      expect([answer.status, answer.headers.get('location')]).toEqual([308, '../docs'])
    }
  })
})

describe('with DOCS=off', () => {
  let closed: TestApp
  beforeAll(async () => {
    closed = await createTestApp({ env: { DOCS: 'off' } })
  })
  afterAll(() => closed.close())

  it.each([
    '/docs',
    '/docs/',
    '/openapi.json',
    '/docs/swagger-ui-dist/swagger-ui.css',
    '/docs/swagger-ui-dist/swagger-ui-bundle.js',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui-bundle.js',
  ])('%s is answered like any unknown path', async (path) => {
    for (const method of ['GET', 'HEAD', 'POST']) {
      const answer = await closed.request(path, { method })
      const unknown = await closed.request('/nowhere', { method })
      expect(answer.headers.get('allow')).toBeNull()
      expect(answer.status).toBe(unknown.status)
      if (method === 'HEAD') continue
      const { request_id: _, ...problem } = await expectProblem(answer, 'not_found')
      expect(await unknown.json()).toMatchObject(problem)
    }
  })

  it('/ does not name them', async () => {
    const page = await (await home(BROWSER, closed)).text()
    const list = await (await home('*/*', closed)).text()
    for (const text of [page, list]) {
      expect(text).toContain('auth/signup')
      expect(text).not.toMatch(/docs|openapi|Documentation/i)
    }
    const nav = /<nav>.*<\/nav>/s.exec(page)?.[0] ?? ''
    expect(nav.match(/<a /g)).toHaveLength(2)
  })

  it('the service goes on serving', async () => {
    expect((await closed.get('/health')).status).toBe(200)
    expect(await closed.login(await closed.signup())).toHaveProperty('access_token')
  })
})
