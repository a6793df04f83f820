import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type NeonEndpoint, startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { postgresBackend } from '../../dev/neon/postgres-backend.ts'
import { loadArgon2 } from '../../src/adapters/argon2-node.ts'
import { createPasswords } from '../../src/core/passwords/passwords.ts'
import { connectNeon } from '../../src/database/neon.ts'
import { assembleTestApp, CHEAP, QUEUE, type TestApp } from '../support/app.ts'
import { commonPasswords } from '../support/app-node.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'
import { expectRefusals, type Subject, signUpAndIn } from '../support/faults.ts'
import { silent } from '../support/logger.ts'
import { within } from '../support/patience.ts'

const URL_SECRET = 'secret-of-the-url'
const BODY_SECRET = 'secret-of-the-answer'

let answer: RequestListener
let endpoint: Server
let t: TestApp
let whole: PostgresTestApp
let subject: Subject
let real: NeonEndpoint
const bodies = new WeakMap<IncomingMessage, Buffer>()
let hungUp = 0

/** A connection of its own, which knows nothing of others' answers. */
const connect = () =>
  connectNeon(`postgres://edge:${URL_SECRET}@ep-local.localhost/edge`, {
    endpoint: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/sql`,
  })

beforeAll(async () => {
  whole = await createPostgresTestApp()
  subject = await signUpAndIn(whole)
  real = await startNeonEndpoint({ backend: postgresBackend(whole.url) })
  endpoint = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => bodies.set(request, Buffer.concat(chunks)))
    response.on('close', () => {
      if (!response.writableFinished) hungUp++
    })
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(endpoint, 'listening')
  const connection = connect()
  const passwords = createPasswords(await loadArgon2(silent), QUEUE, CHEAP)
  // An instance that knows the time already, so that what is sent is what is asked.
  const clock = { now: () => new Date(), isKnown: () => true, confirm: async () => false }
  t = await assembleTestApp(
    { connection, passwords, commonPasswords, statements: () => 0 },
    { deps: { clock } },
  )
})
afterAll(async () => {
  const log = JSON.stringify(t.log)
  for (const secret of [URL_SECRET, BODY_SECRET, subject.username])
    expect(log).not.toContain(secret)
  expect(log).not.toMatch(/select |insert |update /i)
  endpoint.closeAllConnections()
  endpoint.close()
  await real.close()
  await whole.close()
})

const says =
  (status: number, body: string, type = 'application/json'): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': type }).end(body)

const failed = (code: string) =>
  JSON.stringify({ message: BODY_SECRET, code, detail: BODY_SECRET, severity: 'ERROR' })

it.each<[string, RequestListener]>([
  ['HTML with 200', says(200, `<h1>${BODY_SECRET}</h1>`, 'text/html')],
  ['HTML with 502', says(502, `<h1>${BODY_SECRET}</h1>`, 'text/html')],
  ['JSON that breaks off', says(200, `{"rows":[["${BODY_SECRET}"`)],
  ['JSON of another shape', says(200, `{"hello":"${BODY_SECRET}"}`)],
  ['JSON null', says(200, 'null')],
  ['nothing', says(200, '')],
  ['500', says(500, failed(''))],
  ['429', says(429, `"${BODY_SECRET}: too many requests"`)],
  ['a deadlock', says(400, failed('40P01'))],
  ['a row that was deleted meanwhile', says(400, failed('23503'))],
  ['too many connections', says(400, failed('53300'))],
  ['a wrong password', says(400, failed('28P01'))],
  ['a shutdown', says(400, failed('57P01'))],
  ['a broken connection', (_, response) => void response.destroy()],
])('turns %s into 503', async (_, listener) => {
  answer = listener
  await expectRefusals(t, subject, 2_000)
})

it('gives up a fetch that is not answered, or not to its end, at the deadline', async () => {
  for (const listener of [
    () => {},
    ((_, response) => response.writeHead(200).write('{"rows":')) as RequestListener,
  ]) {
    const before = hungUp
    answer = listener
    await expectRefusals(t, subject, 4_000)
    await expect.poll(() => hungUp - before).toBe(7)
  }
})

it.each([
  ['57P01', 2, 1],
  ['40001', 2, 3],
  ['40P01', 2, 3],
  ['23503', 1, 3],
  ['22P02', 1, 1],
])('after %s sends a read %i times, and a write %i times', async (code, reads, writes) => {
  let sent = 0
  answer = (request, response) => {
    sent++
    says(400, failed(code))(request, response)
  }
  await t.get('/auth/me', subject.tokens.access_token)
  expect(sent).toBe(reads)
  await t.refresh(subject.tokens.refresh_token)
  expect(sent).toBe(reads + writes)
})

/** Passes a request on to a real endpoint, as if it had come here. */
const passOn: RequestListener = (request, response) => {
  const { 'neon-connection-string': _, host: __, connection: ___, ...headers } = request.headers
  const asked = fetch(real.url, {
    method: 'POST',
    body: String(bodies.get(request)),
    headers: { ...(headers as Record<string, string>), 'neon-connection-string': whole.url },
  })
  void asked.then(async (answered) =>
    response
      .writeHead(answered.status, { 'content-type': 'application/json' })
      .end(await answered.text()),
  )
}

it('waits for a compute that wakes, and no longer than that for one that is awake', async () => {
  const sleeper = connect()
  const woken = await assembleTestApp({
    connection: sleeper,
    passwords: t.deps.passwords,
    commonPasswords,
    statements: () => 0,
  })
  answer = (request, response) => void setTimeout(() => passOn(request, response), 6_000)
  const waking = woken.get('/health/ready')
  expect((await waking).status).toBe(200)
  answer = () => {}
  const startedAt = performance.now()
  expect((await woken.get('/health/ready')).status).toBe(503)
  expect(performance.now() - startedAt).toBeLessThan(within(4_000))
})

it('does not follow a redirect, which would carry the password along', async () => {
  let followed = 0
  const elsewhere = createServer((_, response) => {
    followed++
    response.end()
  }).listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/sql`
  for (const status of [301, 302, 307, 308]) {
    answer = (_, response) => void response.writeHead(status, { location }).end()
    await expectRefusals(t, subject, 2_000)
  }
  expect(followed).toBe(0)
  elsewhere.close()
})
