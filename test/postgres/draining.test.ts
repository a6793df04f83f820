import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createDatabase } from '../support/app-postgres.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'
import { sendRaw, statusOf } from '../support/raw-http.ts'

const CLIENTS = 80

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess
beforeAll(async () => {
  database = await createDatabase()
})
afterEach(() => service.kill())
afterAll(() => database.drop())

const start = async () => {
  service = await startNode({ DATABASE_URL: database.url })
  return service
}

type Answer = { status: number | undefined; connection: string | undefined }

function ask(base: string, agent: Agent, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(base + path, { agent }, (answer) =>
      answer
        .resume()
        .on('end', () =>
          resolve({ status: answer.statusCode, connection: answer.headers.connection }),
        ),
    )
    sent.on('error', reject).end()
  })
}

/** A client that asks without a pause on one connection, until an answer says that this closes, or a request fails. */
async function keepAsking({ base }: NodeProcess, path: string, onAnswer: () => void) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    for (;;) {
      const { status, connection } = await ask(base, agent, path)
      if (status !== 200) return `status ${status}`
      onAnswer()
      if (connection === 'close') return 'closed as announced'
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  } finally {
    agent.destroy()
  }
}

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'lets every busy connection end with an answer that says so, at %s',
  async (signal) => {
    const { child, exited } = await start()
    let answers = 0
    const ends = Array.from({ length: CLIENTS }, (_, at) =>
      keepAsking(service, at % 2 ? '/health' : '/health/ready', () => answers++),
    )
    await expect.poll(() => answers).toBeGreaterThan(10 * CLIENTS)
    child.kill(signal)
    expect(await Promise.all(ends)).toEqual(Array(CLIENTS).fill('closed as announced'))
    expect(await exited).toEqual({ code: 0, signal: null })
  },
)

it('drains though Ctrl-C arrives twice, by the terminal and by npm', async () => {
  const { child, exited } = await start()
  let answers = 0
  const ends = Array.from({ length: CLIENTS }, () =>
    keepAsking(service, '/health', () => answers++),
  )
  await expect.poll(() => answers).toBeGreaterThan(CLIENTS)
  child.kill('SIGINT')
  child.kill('SIGINT')
  expect(await Promise.all(ends)).toEqual(Array(CLIENTS).fill('closed as announced'))
  expect(await exited).toEqual({ code: 0, signal: null })
})

const GET = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'
const GET_AND_CLOSE = GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')

it('answers a request that was on its way on an idle connection', async () => {
  const { child, port, exited } = await start()
  let received = ''
  const socket = connect(port, '127.0.0.1', () => socket.write(GET))
  socket
    .on('data', (bytes) => (received += bytes))
    .on('error', ({ message }) => (received = message))
  await expect.poll(() => received).toContain('keep-alive')
  received = ''
  child.kill('SIGTERM')
  // No new connection is taken: the signal has arrived.
  await expect.poll(async () => statusOf(await sendRaw(port, GET_AND_CLOSE))).toBe(0)
  socket.write(GET)
  await expect.poll(() => received).toMatch(/200 OK[\s\S]*connection: close/i)
  expect(await exited).toEqual({ code: 0, signal: null })
})

it('answers who connects just after the signal, though nobody was connected', async () => {
  const statuses: number[] = []
  // On a busy machine a client may come too late, though not each time.
  for (let attempt = 0; attempt < 3; attempt++) {
    const { child, port, exited } = await start()
    expect(statusOf(await sendRaw(port, GET_AND_CLOSE))).toBe(200)
    child.kill('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 50))
    statuses.push(statusOf(await sendRaw(port, GET_AND_CLOSE)))
    expect(await exited).toEqual({ code: 0, signal: null })
  }
  expect(statuses).toContain(200)
})

/** Clients that would keep a connection for ever. */
const HANGING: Record<string, string> = {
  'say nothing': '',
  'are idle': GET,
  'send half a head': 'GET /health HTTP/1.1\r\nX-Slow: ',
  'send half a body':
    'POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"user',
}

it('ends within ten seconds though clients hang', async () => {
  const { child, port, exited } = await start()
  const sockets = await Promise.all(
    Object.values(HANGING).map(
      (bytes) =>
        new Promise<ReturnType<typeof connect>>((resolve) => {
          const options = { port, host: '127.0.0.1', allowHalfOpen: true }
          const socket = connect(options, () => socket.write(bytes, () => resolve(socket)))
          socket.on('error', () => {}).resume()
        }),
    ),
  )
  expect((await service.get('/health')).status).toBe(200)
  const begun = performance.now()
  child.kill('SIGTERM')
  expect(await exited).toEqual({ code: 0, signal: null })
  expect(performance.now() - begun).toBeLessThan(within(10_000))
  for (const socket of sockets) socket.destroy()
})

it('ends with 1 if it cannot stop as it should', async () => {
  const script = `
    const { endAtStopSignal } = await import('./src/adapters/stop-signals-node.ts')
    process.on('unhandledRejection', () => {})
    setInterval(() => {}, 1_000)
    endAtStopSignal(() => Promise.reject(new Error('stuck')))
    console.log('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  const exited = once(child, 'exit')
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), within(20_000))
  expect(await exited).toEqual([1, null])
  clearTimeout(patience)
})

it.each([
  ['on', 'docs at'],
  ['off', undefined],
])('names the docs where it has them: DOCS=%s', async (DOCS, words) => {
  service = await startNode({ DATABASE_URL: database.url, DOCS })
  expect(service.output()).toContain(`Listening on ${service.base}`)
  expect(service.output().includes('docs')).toBe(words !== undefined)
  expect((await service.get('/docs')).status).toBe(words ? 200 : 404)
})

it.each(['true', 'false'])(
  'names the pages where it has them: HOSTED_PAGES=%s',
  async (HOSTED_PAGES) => {
    service = await startNode({ DATABASE_URL: database.url, HOSTED_PAGES })
    const isOn = HOSTED_PAGES === 'true'
    expect(service.output().includes(`, pages at ${service.base}/login`)).toBe(isOn)
    expect((await service.get('/login')).status).toBe(isOn ? 200 : 404)
  },
)

it('ends at once at a second Ctrl-C, some time after the first', async () => {
  const { child, port, exited } = await start()
  const half = HANGING['send half a body'] ?? ''
  const socket = connect(port, '127.0.0.1', () => socket.write(half)).on('error', () => {})
  expect((await service.get('/health')).status).toBe(200)
  const begun = performance.now()
  child.kill('SIGINT')
  await expect
    .poll(() => {
      if (performance.now() - begun > 1_500) child.kill('SIGINT')
      return child.exitCode
    })
    .toBe(130)
  expect(await exited).toEqual({ code: 130, signal: null })
  expect(performance.now() - begun).toBeLessThan(within(6_000))
  socket.destroy()
})
