import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { createBreaches } from '../../src/adapters/breaches-http.ts'
import type { TestApp } from '../support/app.ts'
import { askedFor, LEAKED } from '../support/breaches.ts'
import { recordingLogger } from '../support/logger.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

const server = inject('breachServer')
const checking = (breachCheck: 'warn' | 'refuse', behaviour: string) => ({
  BREACH_CHECK: breachCheck,
  BREACH_CHECK_URL: `${server}/${behaviour}`,
})

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

/** Somebody who has had a password for long. */
async function signup(password: string) {
  const username = uniqueName()
  const person = { username, email: `${username}@example.org`, password }
  expect((await t.post('/auth/signup', person)).status).toBe(201)
  return person
}

const login = (app: TestApp, username: string, password: string) =>
  app.post('/auth/login', { username_or_email: username, password })

it.each(['warn', 'refuse'] as const)(
  'with %s, a log-in tells of a leaked password, and opens a session',
  async (mode) => {
    const app = await t.beside({ env: checking(mode, 'list') })
    const { username } = await signup(LEAKED)
    const answer = await login(app, username, LEAKED)
    expect(answer.status).toBe(200)
    const tokens = await answer.json()
    expect(tokens.password_breached).toBe(true)
    const refreshed = await (await app.refresh(tokens.refresh_token)).json()
    expect(refreshed).not.toHaveProperty('password_breached')
  },
)

it('says nothing of other passwords, and asks by five characters of the hash', async () => {
  const app = await t.beside({ env: checking('warn', 'list') })
  const password = `zq-${uniqueName()}`
  const { username } = await signup(password)
  const answer = await login(app, username, password)
  expect(await answer.json()).not.toHaveProperty('password_breached')
  const asked = await askedFor(server, password)
  expect(asked).toHaveLength(1)
  expect(asked[0]?.headers).toMatchObject({ 'add-padding': 'true', 'user-agent': 'edge-auth' })
})

it('asks of no wrong password, and of none at all where it is off', async () => {
  const app = await t.beside({ env: checking('warn', 'list') })
  const [right, wrong] = [`zq-${uniqueName()}`, `zq-${uniqueName()}`]
  const { username } = await signup(right)
  await expectProblem(await login(app, username, wrong), 'invalid_credentials')
  await expectProblem(await login(app, uniqueName(), wrong), 'invalid_credentials')
  expect(await (await login(t, username, right)).json()).not.toHaveProperty('password_breached')
  for (const password of [right, wrong]) expect(await askedFor(server, password)).toEqual([])
})

it('opens the session meanwhile, and not after', async () => {
  const { username } = await signup(LEAKED)
  const sessions = () =>
    t.column(`select s.id::text from edge_auth.sessions s
      join edge_auth.users u on u.id = s.user_id where u.username_key = ${quoted(username)}`)
  const include = async () => {
    await expect.poll(sessions).toHaveLength(1)
    return true
  }
  const app = await t.beside({ deps: { breaches: { include } } })
  const answer = await login(app, username, LEAKED)
  expect(await answer.json()).toMatchObject({ password_breached: true })
})

it('lets people in while the list does not answer, and says so in the log', async () => {
  const { log, logger } = recordingLogger()
  const settings = { breachCheck: 'refuse', breachCheckUrl: `${server}/hang` } as const
  const breaches = createBreaches(settings, logger, 50)
  const app = await t.beside({ env: checking('refuse', 'hang'), deps: { breaches } })
  const username = uniqueName()
  const person = { username, email: `${username}@example.org`, password: LEAKED }
  expect((await app.post('/auth/signup', person)).status).toBe(201)
  const answer = await login(app, username, LEAKED)
  expect(answer.status).toBe(200)
  expect(await answer.json()).not.toHaveProperty('password_breached')
  const line = { level: 'warn', event: 'breach_check_failed', code: 'TIMEOUT' }
  expect(log).toMatchObject([line, line])
  expect(JSON.stringify(log)).not.toContain(LEAKED)
})
