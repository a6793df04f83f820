import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../../support/app.ts'
import { newKey } from '../../support/keys.ts'
import { type Service, startService } from '../../support/service.ts'
import { BLOCKS } from './blocks.ts'

// Code of the docs that needs no page, run against a service. The rest is compiled, and the examples run it in Chromium.

const ORIGIN = 'https://app.example.org'

let service: Service
let folder: string
let token: string
beforeAll(async () => {
  mkdirSync('dist', { recursive: true })
  folder = mkdtempSync(join('dist', 'docs-run-'))
  service = await startService({
    ...{ CORS_ORIGINS: ORIGIN, COOKIE_ORIGINS: ORIGIN, JWT_ALGORITHM: 'ES256' },
    JWT_KEYS: JSON.stringify({ current: await newKey('ES256'), previous: [] }),
  })
  const person = { username: 'ada', email: 'ada@example.org', password: PASSWORD }
  await post('/auth/signup', person)
  const answer = await post('/auth/login', { username_or_email: 'ada', password: PASSWORD })
  token = (await answer.json()).access_token
})
afterAll(async () => {
  await service.stop()
  rmSync(folder, { recursive: true })
})

const post = (path: string, body: object) =>
  fetch(service.base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** The exports of the block with these words, and of what is added to it, with the service of this test in its place. */
async function run(file: string, words: string, added: string, before = '') {
  const block = BLOCKS.find((one) => one.file === file && one.code.includes(words))
  if (!block) throw new Error(`${file} has no block with ${words}`)
  const code = [before, block.code, added].join('\n')
  const name = join(folder, `${block.line}`)
  writeFileSync(`${name}.ts`, code.replaceAll('https://auth.example.org', service.base))
  await build({
    ...{ entryPoints: [`${name}.ts`], outfile: `${name}.js`, bundle: true, format: 'esm' },
    ...{ platform: 'node', target: 'node22', logLevel: 'silent' },
    alias: {
      'edge-auth-client/server': resolve('client/server/index.ts'),
      'edge-auth-client': resolve('client/index.ts'),
    },
  })
  return await import(pathToFileURL(resolve(`${name}.js`)).href)
}

describe('docs/your-api.md', () => {
  it('verifies requests', async () => {
    const { posts } = await run('docs/your-api.md', 'export async function posts', '')
    const asked = (authorization?: string) =>
      posts(
        new Request('https://api.example.org/', {
          headers: { ...(authorization && { authorization }) },
        }),
      )
    const answer = await asked(`Bearer ${token}`)
    expect([answer.status, await answer.json()]).toEqual([200, { posts_of: 'ada' }])
    for (const wrong of [undefined, `Bearer ${token}x`]) {
      expect((await asked(wrong)).status).toBe(401)
    }
  })

  it('verifies tokens by jose alone', async () => {
    const before = `const token = ${JSON.stringify(token)}`
    const { payload } = await run('docs/your-api.md', 'jwtVerify', 'export { payload }', before)
    expect(payload).toMatchObject({
      username: 'ada',
      email: 'ada@example.org',
      token_type: 'access',
    })
    for (const name of ['user_id', 'email_verified', 'sid', 'roles', 'permissions']) {
      expect(payload).toHaveProperty(name)
    }
  })
})

describe('docs/browser-app.md', () => {
  it('calls by cookie without the client', async () => {
    // What a browser does by itself: it keeps the cookie, and says where its page is from.
    const browser = `
      let cookie = ''
      const platform = globalThis.fetch
      const fetch = async (url, { headers, ...init }) => {
        const answer = await platform(url, { ...init, headers: { ...headers, cookie, origin: '${ORIGIN}' } })
        cookie ||= answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
        return answer
      }`
    const { user } = await run('docs/browser-app.md', 'const api =', 'export { user }', browser)
    expect(user).toMatchObject({ username: 'ada' })
  })

  it('logs in by the client with tokens', async () => {
    const added = `
      await auth.login({ username_or_email: 'ada', password: '${PASSWORD}' })
      export const user = await auth.me()
      auth.close()`
    const { user } = await run(
      'docs/browser-app.md',
      "baseUrl: 'https://auth.example.org' })",
      added,
    )
    expect(user).toMatchObject({ username: 'ada' })
  })
})
