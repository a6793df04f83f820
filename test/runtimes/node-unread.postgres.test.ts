import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { signUpAndIn } from '../support/faults.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'
import { sendRaw, statusOf } from '../support/raw-http.ts'

const DESCRIPTORS = 300
/** What such a service takes, without the reserve. */
const CAP = 177
const BUNDLE = 'GET /docs/swagger-ui-dist/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n'
const MEGABYTE = 1_048_576

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess
let sockets: Socket[] = []
beforeEach(async () => {
  database = await createDatabase()
  service = await startNode({ DATABASE_URL: database.url }, { before: `ulimit -n ${DESCRIPTORS};` })
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  const { exitCode } = service.child
  await service.kill()
  await database.drop()
  expect(exitCode).toBe(null)
  expect(service.output()).not.toMatch(/unhandled|"internal_error"|EMFILE/)
})

/** Clients that ask so often, and read nothing of the answers. */
async function askAndReadNothing(clients: number, requests: number): Promise<Socket[]> {
  const opened = await Promise.all(
    Array.from(
      { length: clients },
      () =>
        new Promise<Socket>((resolve) => {
          const socket = connect(service.port, '127.0.0.1', () =>
            socket.write(BUNDLE.repeat(requests), () => resolve(socket)),
          )
          socket.on('error', () => resolve(socket)).pause()
        }),
    ),
  )
  sockets.push(...opened)
  return opened
}

/** The most memory that the service has ever had, in megabytes. */
function peakMegabytes(): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(
    readFileSync(`/proc/${service.child.pid}/status`, 'utf8'),
  ) ?? [undefined, Number.NaN]
  return (Number(kilobytes) * 1_024) / MEGABYTE
}

const HEALTH = 'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

it.each([
  ['one answer', 1, 100],
  ['many answers', 10, 150],
  // What is parsed before the connection closes is garbage soon.
  ['more answers than are made ahead', 1_000, 700],
])(
  'serves others in bounded memory though its clients do not read %s',
  async (_, requests, maxMegabytes) => {
    const { username } = await signUpAndIn(service)
    const before = peakMegabytes()
    const begun = performance.now()
    await askAndReadNothing(CAP + 40, requests)
    await expect.poll(async () => statusOf(await sendRaw(service.port, HEALTH))).toBe(200)
    const login = { username_or_email: username, password: PASSWORD }
    const status = () =>
      service.post('/auth/login', login).then(
        (answer) => answer.status,
        () => 0,
      )
    await expect.poll(status).toBe(200)
    // Before the time for an answer is over, which would free them, too.
    expect(performance.now() - begun).toBeLessThan(25_000)
    expect(peakMegabytes() - before).toBeLessThan(maxMegabytes)
  },
)

it('gives up a client that takes an answer too slowly, and not one that is merely slow', async () => {
  const [trickling, slow] = await askAndReadNothing(2, 4)
  if (!trickling || !slow) throw new Error('no clients')
  const begun = performance.now()
  // Neither ever stands still for long. What is written to a connection that the service has closed is answered by a reset.
  const trickle = setInterval(() => {
    trickling.read(1_000)
    trickling.write('\r\n')
  }, 500)
  let received = 0
  const read = setInterval(() => {
    received += slow.read()?.length ?? 0
  }, 100)
  try {
    await expect.poll(() => trickling.destroyed, { timeout: 90_000, interval: 250 }).toBe(true)
    expect(performance.now() - begun).toBeGreaterThan(25_000)
    expect(performance.now() - begun).toBeLessThan(within(40_000))
    expect(slow.destroyed).toBe(false)
    expect(received).toBeGreaterThan(4 * 1_500_000)
  } finally {
    clearInterval(trickle)
    clearInterval(read)
  }
})
