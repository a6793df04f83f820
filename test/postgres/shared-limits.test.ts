import { afterAll, beforeAll, expect, it } from 'vitest'
import { startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { postgresBackend } from '../../dev/neon/postgres-backend.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'
import { limitsOf } from '../support/limits.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { startWorkerd } from '../support/workerd.ts'

/** Tries at once, over all services. */
const TRIES = 200
const ALLOWED = 7
const WRONG = 'not the password of anybody'

let t: PostgresTestApp
let endpoint: Awaited<ReturnType<typeof startNeonEndpoint>>
let worker: Awaited<ReturnType<typeof startWorkerd>>
const processes: NodeProcess[] = []
let bases: string[]

beforeAll(async () => {
  t = await createPostgresTestApp()
  endpoint = await startNeonEndpoint({ backend: postgresBackend(t.url) })
  const env = {
    DATABASE_URL: t.url,
    RATE_LIMITS: limitsOf({
      login_account: ALLOWED,
      login_client: 2 * ALLOWED,
      signup_client: ALLOWED,
      mail_address: ALLOWED,
    }),
  }
  for (const at of [1, 2]) {
    processes.push(
      await startNode({ ...env, TRUSTED_PROXY_COUNT: '1', DATABASE_POOL_SIZE: String(3 + at) }),
    )
  }
  worker = await startWorkerd({
    ...env,
    NEON_HTTP_ENDPOINT: endpoint.url,
    JWT_SECRET_KEY: t.config.tokens.secretKey ?? '',
  })
  bases = [...processes.map(({ base }) => base), worker.base]
})
afterAll(async () => {
  for (const { kill } of processes) await kill()
  await worker.stop()
  await endpoint.close()
  await t.close()
})

/** The header that tells the client's address: a trusted proxy's on Node, Cloudflare's on Workers. */
const from = (address: string) => ({ 'x-forwarded-for': address, 'cf-connecting-ip': address })

async function send(at: number, path: string, body: object, headers: Record<string, string>) {
  const answer = await fetch(`${bases[at % bases.length]}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  await answer.text()
  return answer.status
}

async function tally(
  attempt: (at: number) => Promise<number>,
): Promise<{ passed: number; refused: number }> {
  const statuses = await Promise.all(Array.from({ length: TRIES }, (_, at) => attempt(at)))
  const passed = statuses.filter((status) => status < 429).length
  // A machine that is busy may answer some with 503.
  const refused = statuses.filter((status) => status === 429 || status === 503).length
  return { passed, refused }
}

const over = TRIES - ALLOWED

it('one account is tried exactly so often, by two processes and a Worker, from everywhere and in all spellings', async () => {
  const { username, email } = await t.signup()
  const spellings = [username, email, username.toUpperCase(), ` ${email}`, email.toUpperCase()]
  const counts = await tally((at) =>
    send(
      at,
      '/auth/login',
      { username_or_email: spellings[at % spellings.length], password: WRONG },
      from(`198.51.${at % 100}.${at}`),
    ),
  )
  expect(counts).toEqual({ passed: ALLOWED, refused: over })
})

it('one client tries exactly so often, whichever address of its network it takes', async () => {
  const counts = await tally((at) =>
    send(
      at,
      '/auth/login',
      { username_or_email: `nobody${at}`, password: WRONG },
      from(`2001:db8:1:2:${at.toString(16)}::${at}`),
    ),
  )
  expect(counts).toEqual({ passed: 2 * ALLOWED, refused: TRIES - 2 * ALLOWED })
})

it('one client signs up exactly so often, and as many accounts are made', async () => {
  const name = `s${crypto.randomUUID().slice(0, 8)}`
  const counts = await tally((at) =>
    send(
      at,
      '/auth/signup',
      {
        username: `${name}${at}`,
        email: `${name}${at}@example.org`,
        password: 'correct horse battery staple',
      },
      from('203.0.113.9'),
    ),
  )
  expect(counts).toEqual({ passed: ALLOWED, refused: over })
  const [row] =
    await t.sql`select count(*)::int as count from users where username like ${`${name}%`}`
  expect(row?.count).toBe(ALLOWED)
})

it('headers that a client writes itself, and other spellings of the path, open no second bucket', async () => {
  const { username } = await t.signup()
  const body = { username_or_email: username, password: WRONG }
  const statuses: number[] = []
  for (let at = 0; at < 30; at++) {
    const headers = {
      'x-forwarded-for': `203.0.113.${at}, 192.0.2.77`,
      'cf-connecting-ip': '192.0.2.77',
      'x-real-ip': `203.0.113.${at}`,
      forwarded: `for=203.0.113.${at}`,
      'true-client-ip': `203.0.113.${at}`,
      'x-client-ip': `203.0.113.${at}`,
    }
    statuses.push(await send(at, '/auth/login', body, headers))
  }
  expect(statuses.filter((status) => status === 401)).toHaveLength(ALLOWED)
  expect(statuses.filter((status) => status === 429)).toHaveLength(30 - ALLOWED)
  for (const path of [
    '//auth/login',
    '/auth//login',
    '/auth/login/',
    '/AUTH/LOGIN',
    '/auth/%6Cogin',
    '/x/../auth/login',
  ]) {
    for (let at = 0; at < 3; at++) {
      expect([404, 429], path).toContain(await send(at, path, body, from('192.0.2.77')))
    }
  }
})

it('tries that wait for one row leave the service to everybody else', async () => {
  const { username } = await t.signup()
  const person = await t.signup()
  const { access_token } = await t.login(person)
  const storm = tally((at) =>
    send(at, '/auth/login', { username_or_email: username, password: WRONG }, from('192.0.2.99')),
  )
  const me = await fetch(`${bases[0]}/auth/me`, {
    headers: { authorization: `Bearer ${access_token}` },
  })
  expect(me.status).toBe(200)
  expect(await storm).toMatchObject({ passed: ALLOWED })
})
