import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { PASSWORD, SECRET } from '../support/app.ts'
import { startService } from '../support/service.ts'

const run = promisify(execFile)

const folder = mkdtempSync(join(tmpdir(), 'edge-auth-admin-'))
afterAll(() => rmSync(folder, { recursive: true }))

const env = { DATABASE_URL: 'embedded', DATA_FOLDER: join(folder, 'postgres') }
const admin = (args: string[], more: Record<string, string> = {}) =>
  run(process.execPath, ['dist/node/admin.js', ...args], {
    env: { PATH: process.env.PATH, JWT_SECRET_KEY: SECRET, ...env, ...more },
  })
const refusalOf = (args: string[], more?: Record<string, string>) =>
  admin(args, more).then(
    ({ stdout }) => `did it: ${stdout}`,
    ({ code, stdout, stderr }) => {
      expect([code, stdout]).toEqual([1, ''])
      return String(stderr)
    },
  )
const postTo = (base: string, path: string, body: unknown) =>
  fetch(base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

it('makes the first admin in the embedded database, while the service is stopped', async () => {
  expect(await refusalOf(['list'])).toMatch(/^Nothing was done: its tables are not there yet/)
  const first = await startService(env)
  const person = { username: 'grace', email: 'grace@example.org', password: PASSWORD }
  expect((await postTo(first.base, '/auth/signup', person)).status).toBe(201)
  for (const args of [['list'], ['grant', 'grace']]) {
    expect(await refusalOf(args)).toBe(
      `Nothing was done: a running service has the database in ${env.DATA_FOLDER}. Stop it, run this again, and start it.\n`,
    )
  }
  await first.stop()

  const none = await admin(['list'])
  expect([none.stdout, none.stderr]).toEqual([
    '',
    'Nobody is an admin: npm run admin -- grant USERNAME\n',
  ])
  expect((await admin(['grant', 'grace@example.org'])).stdout).toBe(
    'grace@example.org is an admin from now on.\n',
  )
  const created = await admin(['create', '--username', 'ada', '--email', 'ada@example.org'])
  expect(created.stdout).toMatch(/^http:\/\/localhost:8000\/reset-password\?token=[\w.-]+\n$/)
  expect((await admin(['list'])).stdout).toBe(
    'grace\tgrace@example.org\nada\tada@example.org\tno password yet\n',
  )

  const second = await startService(env)
  const token = new URL(created.stdout.trim()).searchParams.get('token')
  const chosen = { token, new_password: PASSWORD }
  expect((await postTo(second.base, '/auth/password/reset', chosen)).status).toBe(204)
  const login = { username_or_email: 'ada', password: PASSWORD }
  const { access_token } = (await (await postTo(second.base, '/auth/login', login)).json()) as {
    access_token: string
  }
  const headers = { authorization: `Bearer ${access_token}` }
  expect((await fetch(`${second.base}/admin/roles`, { headers })).status).toBe(200)
  await second.stop()
}, 300_000)

it('says with --remote what to set, and touches nothing', async () => {
  for (const args of [['--remote'], ['create', '--remote']]) {
    const { stdout } = await admin(args, { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
    for (const word of [
      'DATABASE_URL',
      'DATABASE_SCHEMA',
      'JWT_KEYS',
      'JWT_ALGORITHM',
      'JWT_SECRET_KEY',
      'PUBLIC_URL',
    ]) {
      expect(stdout).toContain(word)
    }
  }
})

it.each([[[]], [['toString']], [['grant', 'ada', 'grace']], [['list', 'ada']], [['create']]])(
  'shows how it is used for %j',
  async (args) => {
    expect(await refusalOf(args)).toMatch(/^npm run admin -- create --username NAME/)
  },
)

it.each([
  [['create', '--username', 'a b', '--email', 'ada@example.org'], '--username must be'],
  [['create', '--username', 'ada@example.org', '--email', 'ada@example.org'], '--username must be'],
  [['create', '--username', 'ada', '--email', 'ada'], '--email must be one address'],
  [['create', '--password', 'x'], "Unknown option '--password'"],
])('refuses %j in words', async (args, words) => {
  expect(await refusalOf(args)).toContain(words)
})
