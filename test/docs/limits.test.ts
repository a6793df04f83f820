import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/index.ts'
import { LIMITED, LIMITS, type Limited, type LimitName } from '../../src/core/limits/limits.ts'
import { type Person, SECRET } from '../support/app.ts'
import { quoted } from '../support/names.ts'
import { type Document, routesOf } from '../support/openapi.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

const PAGE = readFileSync('docs/limits.md', 'utf8')

const t = await createTestApp()
afterAll(() => t.close())
const document: Document = await (await t.get('/openapi.json')).json()

/** The rows of the table whose first column has this head. */
function rowsUnder(head: string, second: string): string[][] {
  const [, table = ''] = PAGE.split(new RegExp(`\n\\| ${head} +\\| ${second} .*\n`))
  const [rows = ''] = table.split('\n\n')
  return rows
    .split('\n')
    .slice(1)
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll('`', '')))
}

/** What the calls of each route are counted as. */
const COUNTED_AS: Record<string, Limited[]> = {
  'POST /auth/login': ['login'],
  'POST /auth/mfa/verify': ['mfa'],
  'POST /auth/factors/totp/confirm': ['mfa'],
  'POST /auth/passkeys/login': ['passkey'],
  'POST /auth/oauth/{provider}/start': ['provider'],
  'POST /auth/oauth/exchange': ['federated', 'federated_signup'],
  'POST /auth/code': ['login_code'],
  'POST /auth/code/verify': ['login_code_try'],
  'POST /auth/signup': ['signup'],
  'POST /auth/password/forgot': ['forgot'],
  'POST /auth/email/verification': ['verification'],
  'POST /auth/email': ['password', 'email_change'],
  'POST /auth/password': ['password'],
  'DELETE /auth/me': ['password'],
  'POST /auth/reauth': ['password', 'mfa'],
  'PATCH /auth/me': ['profile'],
  'POST /auth/password/reset': ['reset'],
  'POST /admin/users': ['admin_mail'],
  'POST /admin/users/{id}/password-reset': ['admin_mail'],
}

const limitsOf = (values: string) =>
  parseConfig({ JWT_SECRET_KEY: SECRET, RATE_LIMITS: values }).limits

describe('docs/limits.md', () => {
  it('lists every limit, as the service has it', () => {
    const listed = rowsUnder('limit', 'default')
    expect(listed.map(([name, , counts]) => [name, counts])).toEqual(
      Object.entries(LIMITS).map(([name, { counts }]) => [name, counts]),
    )
    const written = listed.map(([name, value]) => `${name}=${value}`).join(',')
    expect(limitsOf(written)).toEqual(limitsOf('on'))
    for (const [name, value] of listed) {
      const { count, periodSeconds } = LIMITS[name as LimitName]
      expect(limitsOf(`${name}=${value}`)?.[name as LimitName]).toEqual({ count, periodSeconds })
    }
  })

  it('says of every route that is limited by what, and of every other that changes something why not', () => {
    const changing = routesOf(document).filter(({ method }) => method !== 'GET')
    const named = (isLimited: boolean) =>
      changing.filter(({ responses }) => '429' in responses === isLimited).map(({ name }) => name)
    const limited = rowsUnder('call', 'counts against')
    expect(limited.map(([call]) => call).sort()).toEqual(named(true).sort())
    for (const [call = '', limits] of limited) {
      const counted = COUNTED_AS[call]?.flatMap((what): readonly LimitName[] => LIMITED[what])
      expect(limits?.split(' '), call).toEqual(counted)
    }
    const others = rowsUnder('call', 'because')
    expect(others.map(([call]) => call).sort()).toEqual(named(false).sort())
    for (const [call, reason] of others) expect(reason, call).toMatch(/\w{3}/)
  })

  it('shows a refusal as it is', async () => {
    const strict = await t.beside({ env: { RATE_LIMITS: 'login_account=1/1h' } })
    const logIn = () =>
      strict.post('/auth/login', { username_or_email: 'nobody-at-all', password: 'not-a-password' })
    expect((await logIn()).status).toBe(401)
    const answer = await logIn()
    const { code, detail } = await expectProblem(answer, 'too_many_requests')
    const shape = (text: string) => text.replace(/\d+/g, '9')
    const [, shown = ''] = /```http\n(.*?)```/s.exec(PAGE) ?? []
    for (const name of ['Content-Type', 'Retry-After', 'RateLimit-Policy', 'RateLimit']) {
      expect(shape(shown)).toContain(shape(`\n${name}: ${answer.headers.get(name)}\n`))
    }
    const { count, periodSeconds } = LIMITS.login_account
    expect(shown).toContain(`"login_account";q=${count};w=${periodSeconds}\n`)
    expect(shape(shown)).toContain(shape(`"code":"${code}","detail":"${detail}"`))
  })

  it('has the SQL that lets an account in at once', async () => {
    const strict = await t.beside({ env: { RATE_LIMITS: 'login_account=1/1d' } })
    const person = await t.signup()
    const other = await t.signup()
    const logIn = ({ username }: Person, password: string) =>
      strict.post('/auth/login', { username_or_email: username, password })
    for (const one of [person, other]) {
      expect((await logIn(one, 'not-a-password')).status).toBe(401)
      expect((await logIn(one, one.password)).status).toBe(429)
    }
    const [, shown = ''] = /```sql\n(.*?);\n```/s.exec(PAGE) ?? []
    const removed = await t.column(
      `${shown.replace("'ada'", quoted(person.username))} returning key`,
    )
    expect(removed.length).toBeGreaterThan(0)
    for (const key of removed) expect(key).toMatch(`login_account ${person.id}`)
    expect((await logIn(person, person.password)).status).toBe(200)
    expect((await logIn(other, other.password)).status).toBe(429)
  })

  it('has lists of RATE_LIMITS that can be used as they are', () => {
    const lists = [...PAGE.matchAll(/^RATE_LIMITS=(\S+)/gm)].map(([, list]) => list ?? '')
    expect(lists.length).toBeGreaterThan(1)
    for (const list of lists) expect(limitsOf(list), list).not.toEqual(limitsOf('on'))
  })
})
