import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/index.ts'
import { newKey } from '../support/keys.ts'

const GUIDE = readFileSync('docs/cloudflare.md', 'utf8')
const WRANGLER = join(
  dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
  'wrangler-dist/cli.js',
)
/** What a deployment reads. */
const SOURCES = ['argon2', 'dist', 'node_modules', 'package.json', 'src', 'tools', 'tsconfig.json']

/** The guide's blocks of one language, without the indentation of lists. */
const blocks = (language: string) =>
  [...GUIDE.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, block = '']) => block.replace(/^ {3}/gm, ''),
  )
const [vars = '', domain = '', placement = '', staging = '', analytics = '', mails = ''] =
  blocks('toml')
/** The binding for mails, and the variables that go with it. */
const [binding = '', mailVars = ''] = mails.split('\n[vars]\n')

let clone: string
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'edge-auth-guide-'))
  for (const name of SOURCES) symlinkSync(resolve(name), join(clone, name))
  const settings = readFileSync('wrangler.toml', 'utf8')
    .replace('workers_dev = true\n', () => domain)
    .replace(/\[vars\][\s\S]*/, () => vars + mailVars)
  const both = [analytics + binding, (analytics + binding).replaceAll('[[', '[[env.staging.')]
  writeFileSync(
    join(clone, 'wrangler.toml'),
    [settings, placement, both[0], staging + mailVars, both[1]].join('\n'),
  )
})
afterAll(() => rmSync(clone, { recursive: true }))

describe('the guide to Cloudflare', () => {
  it('binds mails as docs/mail.md does', () => {
    const [, shown] = /```toml\n([\s\S]*?)```/.exec(readFileSync('docs/mail.md', 'utf8')) ?? []
    expect(binding.trim()).toBe(shown?.trim())
    expect(mailVars).toContain('MAIL_PROVIDER = "cloudflare"')
  })

  it.each([
    ['production', '--env=', 'https://app.example.org'],
    ['staging', '--env=staging', 'https://app.staging.example.org'],
  ])('has settings that Wrangler takes, for %s', (_, flag, origin) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [WRANGLER, 'deploy', flag, '--dry-run'],
      {
        cwd: clone,
        encoding: 'utf8',
        env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1', CI: 'true' },
      },
    )
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).not.toContain('WARNING')
    expect(stdout).toContain('env.ASSETS')
    expect(stdout).toContain('env.ANALYTICS (edge_auth)')
    expect(stdout).toContain('env.EMAIL')
    expect(stdout).toContain(`env.CORS_ORIGINS ("${origin}")`)
    expect(stdout).toContain('env.REFRESH_TOKEN_EXPIRE_MINUTES ("43200")')
  })

  it('has variables that the service takes, with the keys that it makes', async () => {
    for (const block of [vars + mailVars, staging + mailVars]) {
      const env = Object.fromEntries(
        Array.from(block.matchAll(/^([A-Z_]+) = "(.*)"$/gm), ([, name, value]) => [name, value]),
      )
      const JWT_KEYS = JSON.stringify({ current: await newKey('ES256'), previous: [] })
      const { tokens } = parseConfig({ ...env, JWT_KEYS, DATABASE_URL: 'postgres://u:p@h/db' })
      expect(tokens.refreshLifetimeSeconds).toBeGreaterThan(tokens.accessLifetimeSeconds)
    }
  })

  it('loses no key: each is in a file before it is a secret', () => {
    const commands = blocks('bash').join('\n')
    for (const [, file] of commands.matchAll(/secret put JWT_KEYS.* < (\S+)/g)) {
      expect(commands).toContain(`npm run keys -- new ES256 --file ${file}`)
      const ignored = spawnSync('git', ['check-ignore', '-q', file ?? ''])
      expect([file, ignored.status]).toEqual([file, 0])
    }
    const texts = ['README.md', ...globSync('docs/**/*.md'), '.dev.vars.example', 'wrangler.toml']
    expect(texts).toContain('docs/cloudflare.md')
    for (const path of texts) {
      expect([path, readFileSync(path, 'utf8')]).not.toEqual([
        path,
        expect.stringMatching(/rand .*\| npx wrangler secret put/),
      ])
    }
  })

  it('has a job that only a person starts, and that migrates before it deploys', () => {
    const job = readFileSync('.github/workflows/deploy.yml', 'utf8')
    expect(job).toMatch(/^on:\n {2}workflow_dispatch:\n(?: {4}.*\n)+\n/m)
    const [migrate, deploy] = ['npm run db:migrate', 'npm run deploy'].map((run) =>
      job.indexOf(run),
    )
    expect(migrate).toBeGreaterThan(0)
    expect(deploy).toBeGreaterThan(migrate ?? 0)
    expect(job).not.toMatch(/https?:\/\//)
    for (const [, name] of job.matchAll(/secrets\.(\w+)/g)) expect(GUIDE).toContain(`\`${name}\``)
  })
})
