import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseConfig } from '../../../src/config/index.ts'
import { HOSTED_PATHS } from '../../../src/features/pages/kit/paths.ts'
import { SECRET, type TestApp } from '../../support/app.ts'
import { withTotp } from '../../support/enrolled.ts'
import { createTestApp } from '../../support/runtime.ts'
import type { Block } from './blocks.ts'
import { blocksOfKind } from './of-kind.ts'

const t: TestApp = await createTestApp()
afterAll(() => t.close())

/** A value with the type of each text, number and so on in its place. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (value === null || typeof value !== 'object') return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]))
}

/** Members without their object are shown, too. */
const parsed = ({ code }: Block) => JSON.parse(code.startsWith('"') ? `{${code}}` : code)

/** What each page's JSON is compared with. */
const COMPARED: Record<string, (shown: unknown, block: Block) => unknown> = {
  async 'docs/errors.md'(shown) {
    const person = { username: 'ada_of_errors', email: 'nobody', password: 'a long password' }
    const answer = await (await t.post('/auth/signup', person)).json()
    expect(shown).toEqual({ ...answer, request_id: expect.any(String) })
  },
  async 'docs/factors.md'(shown) {
    const { person } = await withTotp(t)
    const login = { username_or_email: person.username, password: person.password }
    const answer = await (await t.post('/auth/login', login)).json()
    expect(shown).toEqual({ ...answer, mfa_token: expect.stringMatching(/^eyJ/) })
  },
  async 'docs/log.md'(shown) {
    const { username } = await t.signup()
    await t.post('/auth/login', { username_or_email: username, password: 'not-a-password' })
    const line = t.log.findLast(({ event }) => event === 'credential_refused')
    const { level, event, ...others } = shapeOf(shown) as Record<string, unknown>
    expect([level, event]).toEqual(['string', 'string'])
    expect(Object.keys(others)).toEqual(expect.arrayContaining(['request_id', 'route', 'outcome']))
    expect(shown).toMatchObject({ event: line?.event, code: line?.code, outcome: line?.outcome })
  },
  'docs/federation.md'(_, { code }) {
    const env = { JWT_SECRET_KEY: SECRET, PUBLIC_URL: 'https://auth.example.org' }
    const { federation } = parseConfig({ ...env, OAUTH_PROVIDERS: code.replace('…', SECRET) })
    expect(federation.providers).toMatchObject([{ id: 'acme', name: 'Acme' }])
  },
  // It is for Microsoft's console, which nobody has here.
  'docs/guides/microsoft.md'(shown) {
    const claims = { name: expect.any(String), source: null, essential: false }
    expect(shown).toMatchObject({ optionalClaims: { idToken: [claims, claims] } })
  },
}

describe('JSON in the docs', () => {
  it('is compared, all of it', () => {
    const files = blocksOfKind('json').map(({ file }) => file)
    expect(files.sort()).toEqual(Object.keys(COMPARED).sort())
  })

  it.each(blocksOfKind('json').map((block) => [block.file, block] as const))(
    'is what the service says or takes: %s',
    async (file, block) => {
      await COMPARED[file]?.(parsed(block), block)
    },
  )
})

it('links in the docs lead to pages, and back to what is listed beside them', () => {
  for (const { code, file } of blocksOfKind('link')) {
    const [, href = ''] = /href="([^"]+)"/.exec(code) ?? []
    const { pathname, searchParams } = new URL(href)
    expect(HOSTED_PATHS).toContain(pathname)
    const page = readFileSync(file, 'utf8')
    expect(page).toContain(`OAUTH_RETURN_URLS=${searchParams.get('return_to')}\n`)
  }
})

it('docs/pages.md lists every page', () => {
  const rows = readFileSync('docs/pages.md', 'utf8').match(/^\| `\/.*?(?= +\| )/gm) ?? []
  const listed = rows.flatMap((row) => Array.from(row.matchAll(/`(\/[^`]*)`/g), ([, path]) => path))
  expect(listed.sort()).toEqual([...HOSTED_PATHS].sort())
})

it('YAML in the docs is a configuration of Prometheus', () => {
  for (const { code } of blocksOfKind('yaml')) {
    const { scrape_configs } = parse(code)
    const [{ job_name, static_configs }] = scrape_configs
    expect([job_name, static_configs.length]).toEqual(['edge-auth', 1])
  }
})

it('the answer that asks for a fresh proof is shown as it is', async () => {
  const { tokens } = await withTotp(t)
  const answer = await t.app.request('/auth/factors/totp', {
    method: 'DELETE',
    headers: { authorization: `Bearer ${tokens.access_token}` },
  })
  const { code, detail } = await answer.json()
  expect(code).toBe('step_up_required')
  for (const { code: shown } of blocksOfKind('http')) {
    expect(shown).toContain(`HTTP/1.1 ${answer.status} `)
    for (const name of ['WWW-Authenticate', 'Content-Type']) {
      expect(shown).toContain(`\n${name}: ${answer.headers.get(name)}\n`)
    }
    expect(shown).toContain(`"code":"${code}","detail":"${detail}"`)
  }
})
