import { connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createDatabase } from '../support/app-postgres.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'
import { sendRaw, statusOf } from '../support/raw-http.ts'

const DESCRIPTORS = 300
const CLIENTS = 400
/** What such a service takes of them: three quarters of what others leave. The rest is the reserve. */
const capOf = (descriptors: number) => descriptors - 64 - Math.floor((descriptors - 64) / 4)
const CAP = capOf(DESCRIPTORS)

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

async function start(descriptors = DESCRIPTORS): Promise<void> {
  database = await createDatabase()
  service = await startNode({ DATABASE_URL: database.url }, { before: `ulimit -n ${descriptors};` })
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
  await expect.poll(service.output).toContain('"event":"connections_at_cap"')
})

/** Requests that wait in the database until `run` has ended. */
async function whileAllWait(run: (busy: string) => Promise<void>): Promise<void> {
  const username = `c${crypto.randomUUID().slice(0, 8)}`
  const person = { username, email: `${username}@example.org`, password: 'correct horse battery' }
  expect((await service.post('/auth/signup', person)).status).toBe(201)
  const { access_token } = await (
    await service.post('/auth/login', { username_or_email: username, password: person.password })
  ).json()
  await database.sql.begin(async (holder) => {
    await holder`lock table sessions in access exclusive mode`
    await run(GET.replace('\r\n', `\r\nAuthorization: Bearer ${access_token}\r\n`))
  })
}

it('answers for its health while every connection is at work, and 503 to the others', async () => {
  await start()
  await whileAllWait(async (busy) => {
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
  })
})

/** A client that connects, and asks some time later. */
function askLate(milliseconds: number): Promise<number> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(service.port, '127.0.0.1', () =>
      setTimeout(() => socket.write(HEALTH), milliseconds),
    )
    socket.on('data', (bytes) => (received += bytes)).on('error', () => {})
    socket.on('close', () => resolve(statusOf(received)))
  })
}

it('answers a probe for its health though silent clients never stop coming', async () => {
  const descriptors = 1_024
  await start(descriptors)
  await whileAllWait(async (busy) => {
    let silent = 0
    const stream = setInterval(() => {
      silent += 4
      for (let one = 0; one < 4; one++) {
        sockets.push(connect(service.port, '127.0.0.1').on('error', () => {}))
      }
    }, 10)
    try {
      await open(capOf(descriptors), busy)
      // As many as the reserve has places: now each newcomer needs that of another.
      const begun = silent
      await expect.poll(() => silent - begun).toBeGreaterThan(descriptors / 2)
      const statuses: number[] = []
      for (let probe = 0; probe < 10; probe++) statuses.push(await askLate(50))
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(8)
    } finally {
      clearInterval(stream)
    }
  })
})
