import { connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createDatabase } from '../support/app-postgres.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'
import { sendRaw, statusOf } from '../support/raw-http.ts'

const DESCRIPTORS = 300
const CLIENTS = 400
/** What such a service takes of them: less than the descriptors that are kept for other things, and the reserve. */
const CAP = DESCRIPTORS - 64 - 16

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess
let sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  const { exitCode } = service.child
  await service.kill()
  await database.drop()
  expect(exitCode).toBe(null)
  expect(service.output()).not.toMatch(/unhandled|"internal_error"|EMFILE/)
})

async function start(): Promise<void> {
  database = await createDatabase()
  service = await startNode({ DATABASE_URL: database.url }, { before: `ulimit -n ${DESCRIPTORS};` })
  expect((await service.get('/health/ready')).status).toBe(200)
}

/** Clients that send these bytes, and then never close their side, whatever the service does. */
async function open(count: number, bytes: string): Promise<Socket[]> {
  const opened = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Socket>((resolve) => {
          const options = { port: service.port, host: '127.0.0.1', allowHalfOpen: true }
          const socket = connect(options, () => socket.write(bytes, () => resolve(socket)))
          socket.on('error', () => resolve(socket)).resume()
        }),
    ),
  )
  sockets.push(...opened)
  return opened
}

/** How many of them the service still holds. A socket that it has only half closed takes a byte, and a destroyed one none. */
function held(these: Socket[]): number {
  const open = these.filter(({ destroyed }) => !destroyed)
  for (const socket of open) socket.write('x')
  return open.length
}

const GET = 'GET /auth/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
const HEALTH = GET.replace('/auth/sessions', '/health')
const POST = 'POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

it.each([
  ['say nothing', ''],
  ['send half a head', 'GET /health HTTP/1.1\r\nX-Slow: '],
  ['send no HTTP', 'hello\r\n\r\n'],
  ['send half a body', `${POST}Content-Length: 100\r\n\r\n{"user`],
])(
  'serves others though more clients than it has descriptors %s, and frees these',
  async (_, bytes) => {
    await start()
    const attackers = await open(CLIENTS, bytes)
    const begun = performance.now()
    const others = await Promise.all(
      Array.from({ length: 20 }, () => sendRaw(service.port, HEALTH, 5_000)),
    )
    expect(others.map(statusOf)).toEqual(Array(20).fill(200))
    expect(performance.now() - begun).toBeLessThan(within(5_000))
    await expect.poll(() => held(attackers), { timeout: 40_000, interval: 500 }).toBe(0)
    expect((await service.get('/health/ready')).status).toBe(200)
  },
)

it('closes idle connections before it refuses anybody', async () => {
  await start()
  const kept = HEALTH.replace('Connection: close\r\n', '')
  const idle = await open(CAP, kept)
  expect(held(idle)).toBe(CAP)
  const newer = await Promise.all(Array.from({ length: 40 }, () => sendRaw(service.port, GET)))
  expect(newer.map(statusOf)).toEqual(Array(40).fill(401))
  expect(service.output()).toContain('"event":"connections_at_cap"')
})

it('answers for its health while every connection is at work, and 503 to the others', async () => {
  await start()
  const { sql } = database
  const username = `c${crypto.randomUUID().slice(0, 8)}`
  const person = { username, email: `${username}@example.org`, password: 'correct horse battery' }
  expect((await service.post('/auth/signup', person)).status).toBe(201)
  const { access_token } = await (
    await service.post('/auth/login', { username_or_email: username, password: person.password })
  ).json()
  await sql.begin(async (holder) => {
    await holder`lock table sessions in access exclusive mode`
    const busy = GET.replace('\r\n', `\r\nAuthorization: Bearer ${access_token}\r\n`)
    await open(CAP, busy)
    const answer = async (bytes: string) => {
      const received = await sendRaw(service.port, bytes)
      expect(received.toLowerCase()).toContain('connection: close')
      return statusOf(received)
    }
    await expect
      .poll(async () => {
        await open(1, busy)
        return answer(GET)
      })
      .toBe(503)
    expect(await sendRaw(service.port, GET)).toMatch(/retry-after: \d/i)
    expect(await answer(HEALTH)).toBe(200)
    // Nor can the reserve be used up by clients that say nothing.
    await open(50, '')
    expect(await answer(HEALTH)).toBe(200)
  })
})
