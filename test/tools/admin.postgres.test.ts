import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { postgresBackend } from '../../dev/neon/postgres-backend.ts'
import { eventsOf, send } from '../support/acting.ts'
import { PASSWORD, SECRET } from '../support/app.ts'
import { createPostgresTestApp, type PostgresTestApp, WAYS } from '../support/app-postgres.ts'
import { withTotp } from '../support/enrolled.ts'
import { uniqueName } from '../support/names.ts'
import { freePort } from '../support/ports.ts'
import { expectProblem } from '../support/problems.ts'
import { expectAlive, expectDead } from '../support/sessions.ts'

const run = promisify(execFile)

describe.each(WAYS)('npm run admin by %s', (way) => {
  let t: PostgresTestApp
  let env: Record<string, string>
  let closeEndpoint = async () => {}
  beforeAll(async () => {
    t = await createPostgresTestApp()
    env = { DATABASE_URL: t.url, JWT_SECRET_KEY: SECRET }
    if (way === 'tcp') return
    const endpoint = await startNeonEndpoint({ backend: postgresBackend(t.url) })
    closeEndpoint = endpoint.close
    env.NEON_HTTP_ENDPOINT = endpoint.url
  })
  afterAll(async () => {
    await closeEndpoint()
    await t.close()
  })

  /** As the role that serves, which may change rows and no more. */
  const admin = async (args: string[], more: Record<string, string> = {}) => {
    const { stdout, stderr } = await run(process.execPath, ['dist/node/admin.js', ...args], {
      env: { PATH: process.env.PATH, ...env, ...more },
    })
    return { out: stdout.trimEnd(), said: stderr.trimEnd() }
  }
  const refusalOf = (args: string[], more?: Record<string, string>) =>
    admin(args, more).then(
      ({ out }) => `did it: ${out}`,
      ({ code, stdout, stderr }) => {
        expect([code, stdout]).toEqual([1, ''])
        return String(stderr).trimEnd()
      },
    )
  const reach = (token: string) => send(t, 'GET', '/admin/roles', { token })

  it('removes all second factors of a user, who is logged out everywhere', async () => {
    const { person, tokens } = await withTotp(t)
    const removed = (await admin(['remove-factors', person.email])).out
    expect(removed).toMatch(/no second factor any more/)
    await expectDead(t, tokens)
    await expectAlive(t, await t.login(person))
    expect((await admin(['remove-factors', person.username])).out).toMatch(/had no second factor/)
    const events = (await eventsOf(t, person.id)).filter((event) => event === 'factors_removed')
    expect(events).toHaveLength(1)
    expect(await refusalOf(['remove-factors', uniqueName('nobody')])).toMatch(/no such user/)
    expect(await refusalOf(['remove-factors'])).toMatch(/^npm run admin/)
  })

  it('grants and revokes by username and by email, and the next request goes by it', async () => {
    const person = await t.signup()
    const { access_token: token } = await t.login(person)
    expect((await admin(['list'])).out).toBe('')
    expect((await admin(['grant', person.username.toUpperCase()])).out).toMatch(/from now on/)
    expect((await reach(token)).status).toBe(200)
    expect((await admin(['grant', person.email])).out).toMatch(/was an admin before/)
    expect((await admin(['list'])).out).toBe(`${person.username}\t${person.email}`)

    expect(await refusalOf(['revoke', person.email])).toMatch(
      /^Nothing was done: Somebody must remain an admin/,
    )
    expect((await reach(token)).status).toBe(200)
    const other = await t.signup()
    await admin(['grant', other.username])
    expect((await admin(['revoke', person.email])).out).toMatch(/no admin any more/)
    await expectProblem(await reach(token), 'permission_denied')
    expect((await admin(['revoke', person.email])).out).toMatch(/was no admin/)
    expect(await eventsOf(t, person.id)).toEqual([
      ...['user_created', 'session_opened', 'role_granted', 'role_revoked'],
    ])
    expect(await refusalOf(['grant', 'nobody.at.all'])).toMatch(/There is no such user/)
  })

  it('creates an admin, who chooses a password by the link', async () => {
    const username = uniqueName('Adm')
    const email = `${username}@Example.org`
    const args = ['create', '--username', username, '--email', email]
    const { out, said } = await admin(args, { PUBLIC_URL: 'https://auth.example.org' })
    expect(said).toMatch(`${username} is an admin.`)
    expect(out).toMatch(/^https:\/\/auth\.example\.org\/reset-password\?token=[\w.-]+$/)
    // Nobody knows a password yet.
    const login = { username_or_email: username, password: PASSWORD }
    await expectProblem(await t.post('/auth/login', login), 'invalid_credentials')
    const chosen = { token: new URL(out).searchParams.get('token'), new_password: PASSWORD }
    expect((await t.post('/auth/password/reset', chosen)).status).toBe(204)
    const tokens = await t.login({ username, email, password: PASSWORD })
    expect((await reach(tokens.access_token)).status).toBe(200)
    await expectProblem(await t.post('/auth/password/reset', chosen), 'one_time_token_invalid')
    expect(await t.mailsTo(email)).toHaveLength(1)

    expect(await refusalOf(args)).toMatch(/^Nothing was done: .*already in use/)
    const app = { APP_BASE_URL: 'https://app.example.org' }
    const another = [
      'create',
      '--username',
      uniqueName('b'),
      '--email',
      `${uniqueName()}@example.org`,
    ]
    expect((await admin(another, app)).out).toMatch(
      /^https:\/\/app\.example\.org\/reset-password#token=/,
    )
    const told =
      await t.sql`select event, actor_id as actor, details->>'role' as role, details->>'by' as by
      from audit_events where event in ('user_created', 'role_granted') order by id desc limit 2`
    const by = { actor: null, by: 'operator' }
    expect([...told]).toHaveLength(2)
    expect([...told]).toEqual(
      expect.arrayContaining([
        { event: 'user_created', role: null, ...by },
        { event: 'role_granted', role: 'admin', ...by },
      ]),
    )
  })

  it('prints another link, which takes the place of the first, and records it', async () => {
    const username = uniqueName('late')
    const email = `${username}@example.org`
    const first = await admin(['create', '--username', username, '--email', email])
    expect((await admin(['list'])).out).toContain(`${username}\t${email}\tno password yet`)
    const { out, said } = await admin(['link', email], { PUBLIC_URL: 'https://auth.example.org' })
    expect(said).toBe(`A link for ${email} to choose a password, for 30 minutes:`)
    expect(out).toMatch(/^https:\/\/auth\.example\.org\/reset-password\?token=[\w.-]+$/)
    const choose = (link: string) =>
      t.post('/auth/password/reset', {
        token: new URL(link).searchParams.get('token'),
        new_password: PASSWORD,
      })
    await expectProblem(await choose(first.out), 'one_time_token_invalid')
    expect((await choose(out)).status).toBe(204)
    expect((await admin(['list'])).out).toContain(`${username}\t${email}`)
    const { access_token } = await t.login({ username, email, password: PASSWORD })
    expect((await reach(access_token)).status).toBe(200)
    const [told] = await t.sql`select actor_id, subject_id, details from audit_events
      where event = 'password_reset_requested' order by id desc limit 1`
    expect(told).toMatchObject({ actor_id: null, details: { by: 'operator' } })

    await t.sql`update users set disabled_at = now() where id = ${told?.subject_id}`
    expect(await refusalOf(['link', username])).toMatch(/^Nothing was done: .*disabled/)
    expect(await refusalOf(['link', 'nobody.at.all'])).toMatch(/There is no such user/)
  })

  it('shows which admins are disabled', async () => {
    const person = await t.signup()
    await admin(['grant', person.username])
    const tokens = await t.login(person)
    await t.sql`update users set disabled_at = now() where id = ${person.id}`
    await expectDead(t, tokens)
    expect((await admin(['list'])).out).toContain(`${person.username}\t${person.email}\tdisabled`)
  })

  it('says why it did nothing, and shows no password', async () => {
    const nowhere = new URL(t.url)
    nowhere.port = '1'
    const more =
      way === 'tcp'
        ? { DATABASE_URL: nowhere.href }
        : { NEON_HTTP_ENDPOINT: `http://127.0.0.1:${await freePort()}` }
    const unreached = await refusalOf(['list'], more)
    expect(unreached).toMatch(/^Nothing was done: ECONNREFUSED/)
    expect(unreached).not.toContain(`:${nowhere.password}@`)
    const elsewhere = await refusalOf(['list'], { DATABASE_SCHEMA: 'nowhere' })
    expect(elsewhere).toMatch(/its tables are not there yet/)
    const created = ['create', '--username', 'ada', '--email', 'ada@example.org']
    expect(await refusalOf(created, { JWT_SECRET_KEY: 'short' })).toContain('JWT_SECRET_KEY')
    expect(await refusalOf(created, { SIGNUP_ALLOWED_DOMAINS: 'example.com' })).toMatch(
      /domain are not accepted/,
    )
  })
})
