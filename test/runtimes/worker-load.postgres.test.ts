import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { postgresBackend } from '../../dev/neon/postgres-backend.ts'
import { migrate } from '../../src/database/migrate.ts'
import { connectNeon } from '../../src/database/neon.ts'
import { PASSWORD, SECRET } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { type Subject, signUpAndIn } from '../support/faults.ts'
import { slowness, within } from '../support/patience.ts'
import { startWorkerd } from '../support/workerd.ts'

let database: Awaited<ReturnType<typeof createDatabase>>
let endpoint: Awaited<ReturnType<typeof startNeonEndpoint>>
let worker: Awaited<ReturnType<typeof startWorkerd>>
let subject: Subject

const get = (path: string, token = '') =>
  fetch(worker.base + path, { headers: { authorization: `Bearer ${token}` } })
const post = (path: string, body: unknown) =>
  fetch(worker.base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const login = (username: string) =>
  post('/auth/login', { username_or_email: username, password: PASSWORD })

beforeAll(async () => {
  database = await createDatabase()
  endpoint = await startNeonEndpoint({ backend: postgresBackend(database.url) })
  await migrate(connectNeon(database.url, { endpoint: endpoint.url }).executor)
  worker = await startWorkerd({
    DATABASE_URL: database.url,
    NEON_HTTP_ENDPOINT: endpoint.url,
    JWT_SECRET_KEY: SECRET,
  })
  subject = await signUpAndIn({ post, get, refresh: (token) => get('/auth/refresh', token) })
})
afterAll(async () => {
  await worker.stop()
  await endpoint.close()
  await database.drop()
  expect(worker.output()).not.toMatch(/hung|"internal_error"|uncaught/i)
})

it('answers a hundred log-ins at once, and everybody else meanwhile, within its memory', async () => {
  const before = await worker.memory()
  const others = await signUpAndIn({ post, get, refresh: get })
  let going = true
  const delays: number[] = []
  let peak = before
  const reader = async () => {
    while (going) {
      const startedAt = performance.now()
      expect((await get('/auth/me', subject.tokens.access_token)).status).toBe(200)
      delays.push(performance.now() - startedAt)
      peak = Math.max(peak, await worker.memory())
    }
  }
  const reading = reader()
  const startedAt = performance.now()
  const answers = await Promise.all(Array.from({ length: 100 }, () => login(others.username)))
  const took = performance.now() - startedAt
  going = false
  await reading

  const refused = answers.filter(({ status }) => status !== 200)
  expect(
    refused.every((answer) => answer.status === 503 && answer.headers.has('retry-after')),
  ).toBe(true)
  // Who waits too long is refused, so that a busy machine lets fewer through.
  expect(answers.length - refused.length).toBeGreaterThan(50 / slowness())
  delays.sort((one, other) => one - other)
  const p99 = delays[Math.floor(delays.length * 0.99)] ?? 0
  console.log(
    `100 log-ins in ${Math.round(took)} ms, ${refused.length} refused; ${delays.length} me meanwhile, ` +
      `p99 ${Math.round(p99)} ms; memory ${Math.round(before)} to ${Math.round(peak)} MiB`,
  )
  expect(peak - before).toBeLessThan(128)
  expect(p99).toBeLessThan(within(3_000))
  // Each takes the time of a few hashes, not one of every turn of the event loop that it needs.
  expect(delays.length).toBeGreaterThan(answers.length / 4 / slowness())
})

it('loses no place in the queue to clients that go away', async () => {
  const body = JSON.stringify({ username_or_email: subject.username, password: PASSWORD })
  const bytes = `POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const { username } = await signUpAndIn({ post, get, refresh: get })
  for (let round = 0; round < 5; round++) {
    const sockets = Array.from({ length: 20 }, () => {
      const socket = connect(worker.port, '127.0.0.1', () => socket.write(bytes))
      return socket.on('error', () => {})
    })
    // They leave when some have been let in and the others wait.
    for (let reads = 0; reads < 2 * round; reads++) await get('/health/ready')
    for (const socket of sockets) socket.resetAndDestroy()
    expect((await login(username)).status).toBe(200)
  }
})

it('hashes nothing for clients that left while they waited', async () => {
  const { username } = await signUpAndIn({ post, get, refresh: get })
  const body = JSON.stringify({ username_or_email: username, password: PASSWORD })
  const bytes = `POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const count = async () => {
    const [row] = await database.sql`select count(*)::int as count from sessions`
    return Number(row?.count)
  }
  const before = await count()
  const sockets = Array.from({ length: 60 }, () => {
    const socket = connect(worker.port, '127.0.0.1', () => socket.write(bytes))
    return socket.on('error', () => {})
  })
  await expect.poll(count, { interval: 5 }).toBeGreaterThan(before)
  for (const socket of sockets) socket.resetAndDestroy()
  expect((await login(username)).status).toBe(200)
  expect((await count()) - before).toBeLessThan(sockets.length / 2)
})
