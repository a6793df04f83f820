import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenOfLink } from '../../client/index.ts'
import { PASSWORD, SECRET } from '../support/app.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'
import { uniqueName } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'

const run = promisify(execFile)

let t: PostgresTestApp
beforeAll(async () => {
  t = await createPostgresTestApp({ env: { SIGNUP: 'invite' } })
})
afterAll(() => t.close())

/** The tool with the variables of a service over the same database, as the role that serves. */
async function invite(args: string[], env: Record<string, string> = {}) {
  const own = { DATABASE_URL: t.url, JWT_SECRET_KEY: SECRET, ...env }
  const { stdout, stderr } = await run(process.execPath, ['dist/node/invite.js', ...args], {
    env: { PATH: process.env.PATH, ...own },
  })
  return { value: stdout.trimEnd(), said: stderr.trimEnd() }
}

const refusalOf = (args: string[], env?: Record<string, string>) =>
  invite(args, env).then(
    ({ said }) => said,
    ({ code, stdout, stderr }) => {
      expect([code, stdout]).toEqual([1, ''])
      return String(stderr).trimEnd()
    },
  )
const somebody = (email?: string) => {
  const username = uniqueName('v')
  return { username, email: email ?? `${username}@example.org`, password: PASSWORD }
}
const signup = (person: object, invitation: string) =>
  t.post('/auth/signup', { ...person, invitation })

describe('npm run invite', () => {
  it('prints the token of an invitation, and nothing else on standard output', async () => {
    const { value, said } = await invite([])
    expect(said).toMatch(/^An invitation for whoever has it, until \d{4}-\d\d-\d\d \d\d:\d\d UTC:$/)
    expect((await signup(somebody(), value)).status).toBe(201)
    await expectProblem(await signup(somebody(), value), 'one_time_token_invalid')
  })

  it('prints a link to the app, whose token the client reads, for one address and for days', async () => {
    const person = somebody()
    const args = ['--email', person.email.toUpperCase(), '--days', '2']
    const { value, said } = await invite(args, { APP_BASE_URL: 'https://app.example.org/x/' })
    expect(value).toMatch(/^https:\/\/app\.example\.org\/x\/sign-up#token=[\w.-]+$/)
    expect(said).toContain(person.email.split('@')[0]?.toUpperCase())
    const token = tokenOfLink({ href: value }) ?? ''
    await expectProblem(await signup(somebody(), token), 'one_time_token_invalid')
    expect((await signup(person, token)).status).toBe(201)
    const { value: other } = await invite(args)
    const { id } = (await t.deps.oneTimeTokens.open('invitation', other)) ?? { id: '' }
    const [row] = await t.sql<[{ days: number }]>`
      select extract(epoch from expires_at - created_at) / 86400 as days from invitations where id = ${id}`
    expect(Number(row.days)).toBe(2)
  })

  it.each([
    [['--days', '0'], '--days must be from 1 to 90'],
    [['--days', '91'], '--days must be from 1 to 90'],
    [['--days', '1e1'], '--days must be from 1 to 90'],
    [['--days=-1'], '--days must be from 1 to 90'],
    [['--email', 'ada'], '--email must be one address'],
    [['--email', 'a@b.example, c@d.example'], '--email must be one address'],
    [['--email', ''], '--email must be one address'],
    [['--mail', 'ada@example.org'], "Unknown option '--mail'"],
    [['ada@example.org'], 'Unexpected argument'],
  ])('refuses %j in words', async (args, words) => {
    expect(await refusalOf(args)).toContain(words)
  })

  it('says why there is no invitation', async () => {
    const domains = { SIGNUP_ALLOWED_DOMAINS: 'example.com' }
    expect(await refusalOf(['--email', 'ada@example.org'], domains)).toMatch(
      /^There is no invitation: Email addresses of this domain are not accepted here/,
    )
    const nowhere = new URL(t.url)
    nowhere.port = '1'
    const unreached = await refusalOf([], { DATABASE_URL: nowhere.href })
    expect(unreached).toContain('There is no invitation: ECONNREFUSED')
    expect(unreached).not.toContain(nowhere.password)
    expect(await refusalOf([], { JWT_SECRET_KEY: 'short' })).toContain('JWT_SECRET_KEY')
  })

  it('needs the keys of the service: those of another sign nothing that it takes', async () => {
    const other = { JWT_SECRET_KEY: 'a-key-of-some-other-service-0123456789ab' }
    const { value } = await invite([], other)
    await expectProblem(await signup(somebody(), value), 'one_time_token_invalid')
  })

  it('says so of an embedded database that was never used', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'edge-auth-invite-'))
    try {
      const env = { DATABASE_URL: 'embedded', DATA_FOLDER: join(folder, 'postgres') }
      expect(await refusalOf([], env)).toContain('There is no invitation: 42P01')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
