import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SECRET } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { type NodeProcess, SERVER, startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'
import { freePort } from '../support/ports.ts'
import { sendRaw, statusOf } from '../support/raw-http.ts'

/** Mounting is root's; CI is root, and there nothing is passed over. */
const canMount = process.env.CI === 'true' || process.getuid?.() === 0
/** Their lines are some two megabytes, more than any pipe holds and more than is kept. */
const REQUESTS = 8_000

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess | undefined
let redirected: { child: ChildProcess; exited: Promise<unknown> } | undefined
beforeAll(async () => {
  database = await createDatabase()
})
afterEach(async () => {
  await service?.kill()
  service = undefined
  redirected?.child.kill('SIGKILL')
  await redirected?.exited
  redirected = undefined
})
afterAll(() => database.drop())

const get = (end: string, id = 'x'.repeat(128)) =>
  `GET /health HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: ${id}\r\n${end}\r\n`

/** So many are sent ahead on a connection. */
const TOGETHER = 10

/** Sends that many requests, and gives how many were answered. */
async function ask(port: number, requests: number): Promise<number> {
  let answered = 0
  for (let left = requests; left > 0; left -= TOGETHER) {
    const ahead = get('').repeat(Math.min(left, TOGETHER) - 1)
    const received = await sendRaw(port, `${ahead}${get('Connection: close\r\n')}`)
    answered += received.match(/HTTP\/1\.1 200/g)?.length ?? 0
  }
  return answered
}

/** The service with its output redirected by the shell, as a supervisor does. */
async function startRedirected(to: string) {
  const port = await freePort()
  const child = spawn('/bin/sh', ['-c', `exec "$0" ${SERVER} ${to}`, process.execPath], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      JWT_SECRET_KEY: SECRET,
      DATABASE_URL: database.url,
    },
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  redirected = { child, exited }
  await expect
    .poll(async () => statusOf(await sendRaw(port, get('Connection: close\r\n'))))
    .toBe(200)
  return {
    port,
    async stop() {
      child.kill('SIGTERM')
      expect(await exited).toEqual([0, null])
    },
  }
}

const droppedIn = (text: string) =>
  Array.from(text.matchAll(/"event":"log_lines_dropped","lines":(\d+)/g), ([, lines]) =>
    Number(lines),
  )
const linesIn = (text: string) => text.match(/"event":"request"/g)?.length ?? 0

it('goes on while a full disk takes neither its log nor its errors', async () => {
  const { port, stop } = await startRedirected('> /dev/full 2> /dev/full')
  for (let round = 0; round < 3; round++) {
    expect(await ask(port, 100)).toBe(100)
  }
  await stop()
})

it('goes on after the reader of its log has ended', async () => {
  service = await startNode({ DATABASE_URL: database.url })
  service.child.stdout.destroy()
  service.child.stderr.destroy()
  for (let round = 0; round < 3; round++) {
    expect(await ask(service.port, 100)).toBe(100)
    expect((await service.get('/health/ready')).status).toBe(200)
  }
  service.child.kill('SIGTERM')
  expect(await service.exited).toEqual({ code: 0, signal: null })
})

it('goes on while the reader of its log stands still, and says afterwards what it missed', async () => {
  service = await startNode({ DATABASE_URL: database.url })
  const { child, port, output } = service
  const closed = once(child.stdout, 'close')
  child.stdout.pause()
  expect(await ask(port, REQUESTS)).toBe(REQUESTS)
  expect((await service.get('/health/ready')).status).toBe(200)
  child.stdout.resume()
  await expect.poll(() => droppedIn(output())).not.toEqual([])
  child.kill('SIGTERM')
  expect(await service.exited).toEqual({ code: 0, signal: null })
  await closed

  const dropped = droppedIn(output()).reduce((sum, lines) => sum + lines, 0)
  // Each line was either written or counted, and not all were held back for later.
  expect(dropped).toBeGreaterThan(REQUESTS / 10)
  expect(linesIn(output()) + dropped).toBe(REQUESTS + 1)
  for (const line of output()
    .split('\n')
    .filter((text) => text.startsWith('{')))
    JSON.parse(line)
})

it('ends although nobody reads its log', async () => {
  service = await startNode({ DATABASE_URL: database.url })
  service.child.stdout.pause()
  expect(await ask(service.port, REQUESTS)).toBe(REQUESTS)
  const begun = performance.now()
  service.child.kill('SIGTERM')
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(performance.now() - begun).toBeLessThan(within(10_000))
})

/** Lines of requests that are whole. */
const wholeLinesIn = (text: string) =>
  text.split('\n').filter((line) => line.includes('"event":"request"') && line.endsWith('}')).length

describe.skipIf(!canMount)('a disk that was full (needs root, to mount one)', () => {
  let disk: string
  beforeAll(() => {
    disk = mkdtempSync(join(tmpdir(), 'edge-auth-log-'))
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]).status).toBe(0)
  })
  afterAll(() => {
    // It cannot be taken away while the service still writes there.
    expect(spawnSync('umount', [disk]).status).toBe(0)
    rmSync(disk, { recursive: true })
  })

  // With a small rest, and with one that takes a part of a batch.
  it.each([0, 20_000])(
    'has the log again, and the number of lines that it lacks (%i bytes had room)',
    async (room) => {
      const log = join(disk, `log-${room}`)
      const ballast = join(disk, 'ballast')
      const { port, stop } = await startRedirected(`>> ${log}`)
      let asked = 1
      const askMore = async (requests: number) => {
        asked += requests
        expect(await ask(port, requests)).toBe(requests)
      }
      const written = () => wholeLinesIn(readFileSync(log, 'utf8'))
      await expect.poll(written).toBe(asked)
      const { bavail, bsize } = statfsSync(disk)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - room))
      // Until a batch has been lost: more lines are missing than come between two batches.
      const begun = performance.now()
      await expect
        .poll(async () => {
          await askMore(200)
          return performance.now() - begun > 1_000 && asked - written() > 500
        })
        .toBe(true)
      unlinkSync(ballast)
      await expect
        .poll(async () => {
          await askMore(1)
          return droppedIn(readFileSync(log, 'utf8'))
        })
        .not.toEqual([])
      await stop()
      const dropped = droppedIn(readFileSync(log, 'utf8')).reduce((sum, lines) => sum + lines, 0)
      expect(written() + dropped).toBe(asked)
    },
  )
})
