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
    // All come from one client here, for one account: what is shown is what happens to those that are let in.
    RATE_LIMITS: 'off',
  })
  subject = await signUpAndIn({ post, get, refresh: (token) => get('/auth/refresh', token) })
})
afterAll(async () => {
  await worker.stop()
  await endpoint.close()
  await database.drop()
  expect(worker.output()).not.toMatch(/hung|"internal_error"|uncaught/i)
})

/** The latest of the answers within which so large a share of them came. */
function quantile(milliseconds: number[], share: number): number {
  const sorted = milliseconds.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length * share)] ?? Number.POSITIVE_INFINITY
}

/** Asks as long as `work` goes on, one call after the other, and gives how long each took. */
async function askWhile(work: Promise<unknown>, ask: () => Promise<void>): Promise<number[]> {
  const delays: number[] = []
  let isOver = false
  const end = () => {
    isOver = true
  }
  work.then(end, end)
  while (!isOver) {
    const startedAt = performance.now()
    await ask()
    delays.push(performance.now() - startedAt)
  }
  return delays
}

/** There is no place, or the database, which has the same processor here, is late. */
const SENT_AWAY = ['503 overloaded', '503 service_unavailable', '429 too_many_requests']

/** Who gets no log-in is told to come back, and when, and nothing else. */
async function expectSentAway(refused: Response[]): Promise<void> {
  for (const answer of refused) {
    const { code, status } = (await answer.json()) as { code: string; status: number }
    expect(SENT_AWAY).toContain(`${status} ${code}`)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  }
}

/** So many log-ins at once, mixed with reads, and what became of all. */
async function loadOf(logins: number) {
  const person = await signUpAndIn({ post, get, refresh: get })
  const before = await worker.memory()
  let peak = before
  const startedAt = performance.now()
  const work = Promise.all(Array.from({ length: logins }, () => login(person.username)))
  const read = (path: string, token?: string) =>
    askWhile(work, async () => {
      const answer = await get(path, token)
      await answer.arrayBuffer()
      expect(answer.status).toBe(200)
      peak = Math.max(peak, await worker.memory())
    })
  const [answers, me, health] = await Promise.all([
    work,
    read('/auth/me', subject.tokens.access_token),
    read('/health'),
  ])
  const refused = answers.filter(({ status }) => status !== 200)
  const p95 = { me: quantile(me, 0.95), health: quantile(health, 0.95) }
  console.log(
    `${logins} log-ins in ${Math.round(performance.now() - startedAt)} ms, ${refused.length} refused; meanwhile ` +
      `${me.length} me, p95 ${Math.round(p95.me)} ms, and ${health.length} health, p95 ${Math.round(p95.health)} ms; ` +
      `memory ${Math.round(before)} to ${Math.round(peak)} MiB`,
  )
  return { answers, refused, reads: { me, health }, p95, before, peak }
}

it('answers a hundred log-ins at once, and everybody else meanwhile, within its memory', async () => {
  const { answers, refused, reads, p95, peak } = await loadOf(100)
  await expectSentAway(refused)
  // Who waits too long is refused, so that a busy machine lets fewer through.
  expect(answers.length - refused.length).toBeGreaterThan(50 / slowness())
  // Of the whole process. The isolate, which the platform bounds, is a part of it.
  expect(peak).toBeLessThan(128)
  expect(p95.me).toBeLessThan(within(1_000))
  expect(p95.health).toBeLessThan(within(500))
  // Each takes the time of a few hashes, not one of every turn of the event loop that it needs.
  expect(reads.me.length).toBeGreaterThan(answers.length / 4 / slowness())
})

it('sends away those of three hundred for whom there is no place, at once, and holds no memory for them', async () => {
  const { answers, refused, p95, before, peak } = await loadOf(300)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(answers.length)
  await expectSentAway(refused)
  // Three hundred connections and their requests, of which each that were to hash at once would hold 19 MiB.
  expect(peak - before).toBeLessThan(64)
  expect(p95.health).toBeLessThan(within(500))
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
