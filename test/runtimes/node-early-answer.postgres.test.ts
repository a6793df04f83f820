import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase } from '../support/app-postgres.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { sendRaw } from '../support/raw-http.ts'

const LARGE = 1_000_000

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess
beforeAll(async () => {
  database = await createDatabase()
  service = await startNode({ DATABASE_URL: database.url })
})
afterEach(async () => {
  expect((await service.get('/health')).status).toBe(200)
})
afterAll(async () => {
  await service.kill()
  await database.drop()
  expect(service.output()).not.toMatch(/unhandled|"internal_error"/)
})

const JSON_TYPE = 'Content-Type: application/json'
/** Requests that are refused before their body is read, or in its middle. */
const REFUSED: [what: string, line: string, headers: string, status: number][] = [
  ['a body too large', 'POST /auth/login', JSON_TYPE, 413],
  ['another media type', 'POST /auth/login', 'Content-Type: text/plain', 415],
  ['no token', 'POST /auth/password', JSON_TYPE, 401],
  ['an unknown path', 'POST /auth/nothing', JSON_TYPE, 404],
  ['another method', 'PUT /auth/login', JSON_TYPE, 405],
  ['an invalid host', 'POST /auth/login', `${JSON_TYPE}\r\nHost: a b`, 400],
  ['an unknown expectation', 'POST /auth/login', 'Expect: luck', 417],
]
const head = (line: string, headers: string) =>
  `${line} HTTP/1.1\r\n${headers.includes('Host') ? '' : 'Host: localhost\r\n'}${headers}\r\n`
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const HEALTH = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
const statuses = (received: string) =>
  Array.from(received.matchAll(/HTTP\/1\.1 (\d{3})/g), ([, status]) => Number(status))

/** Beginnings of a body, each with what could be taken for a second request in it. */
const BEGINNINGS: [what: string, bytes: string][] = [
  ['a part was sent', `Content-Length: ${LARGE}\r\n\r\n${'x'.repeat(20_000)}${HEALTH}`],
  ['nearly nothing was sent', `Content-Length: ${LARGE}\r\n\r\n${HEALTH}`],
  ['chunks go on', `Transfer-Encoding: chunked\r\n\r\n${chunk('x'.repeat(20_000) + HEALTH)}`],
]

describe.each(REFUSED)('%s', (_, line, headers, status) => {
  // The size that is sent counts, not the one that is said.
  const enough = BEGINNINGS.filter(([, bytes]) => status !== 413 || bytes.length > 16_384)
  it.each(enough)(
    'is answered when %s, and the connection closes as announced',
    async (_, rest) => {
      const received = await sendRaw(service.port, head(line, headers) + rest, 10_000)
      expect(statuses(received)).toEqual([status])
      expect(received).toMatch(/^connection: close\r$/im)
      expect(received).not.toMatch(/keep-alive/i)
      expect(received).toContain('application/problem+json')
    },
  )
})

describe('a body sent to its end', () => {
  it.each(REFUSED.filter(([, , , status]) => status !== 413 && status !== 417))(
    'with %s keeps the connection',
    async (_, line, headers, status) => {
      const sent = `${head(line, headers)}Content-Length: 9\r\n\r\n{"any":1}${HEALTH}`
      const received = await sendRaw(service.port, sent)
      expect(statuses(received)).toEqual([status, 200])
      expect(received).toMatch(/^connection: keep-alive\r$/im)
    },
  )
})

/** Writes a whole large body as a browser does: it reads no answer before it has sent everything. */
function upload(socket: Socket, line: string, headers: string): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    let failure = ''
    socket.on('error', ({ message }) => {
      failure = message
    })
    socket.on('close', () => resolve(failure || received))
    socket.pause()
    socket.write(`${head(line, headers)}Content-Length: ${LARGE}\r\n\r\n`)
    const piece = 'x'.repeat(LARGE / 10)
    let left = 10
    const next = () => {
      if (left-- > 0) socket.write(piece, next)
      else socket.on('data', (bytes) => (received += bytes)).resume()
    }
    next()
  })
}

it.each(REFUSED)(
  'is received by a client that reads only after it has sent everything: %s',
  async (_, line, headers, status) => {
    const received = await upload(connect(service.port, '127.0.0.1'), line, headers)
    expect(statuses(received)).toEqual([status])
  },
)

it('breaks no later request of fetch, or of an agent that keeps connections', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const byAgent = (path: string, type: string, body: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { agent, method: 'POST', headers: { 'content-type': type } }
      const sent = request(service.base + path, options, (answer) =>
        answer.resume().on('end', () => resolve(answer.statusCode)),
      )
      sent.on('error', reject).end(body)
    })
  const byFetch = async (path: string, type: string, body: string) => {
    const init = { method: 'POST', headers: { 'content-type': type }, body }
    const answer = await fetch(service.base + path, init)
    await answer.text()
    return answer.status
  }
  for (const send of [byAgent, byFetch]) {
    for (let round = 0; round < 8; round++) {
      expect(await send('/auth/login', 'application/json', 'x'.repeat(LARGE))).toBe(413)
      expect(await send('/auth/login', 'text/plain', 'x'.repeat(LARGE))).toBe(415)
      expect(await send('/auth/login', 'application/json', '{}')).toBe(422)
      expect(await send('/auth/password', 'application/json', 'x'.repeat(LARGE))).toBe(401)
    }
  }
  agent.destroy()
})

it('does not run what follows such a body on its connection', async () => {
  const tag = `e${crypto.randomUUID().slice(0, 8)}`
  const person = { username: tag, email: `${tag}@example.org`, password: 'correct horse battery' }
  const body = JSON.stringify(person)
  const signup = `POST /auth/signup HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const socket = connect(service.port, '127.0.0.1').on('error', () => {})
  socket.write(`POST /auth/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n`)
  await new Promise((answered) => socket.once('data', answered))
  socket.write('x'.repeat(100_000) + signup)
  await new Promise((closed) => socket.once('close', closed).resume())
  const [row] = await database.sql`select count(*)::int as count from users where username = ${tag}`
  expect(row?.count).toBe(0)
})
