import { createServer, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createDatabase } from '../support/app-postgres.ts'
import { expectJourney } from '../support/journey.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { freePort } from '../support/ports.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

let service: NodeProcess | undefined
const undo: (() => unknown)[] = []
afterEach(async () => {
  await service?.kill()
  service = undefined
  for (const step of undo.splice(0).reverse()) await step()
})

const WATCHED_MILLISECONDS = 5_000

it('starts, says why it has no database, and makes the tables of an empty one that comes later', async () => {
  const database = await createDatabase()
  undo.push(database.drop)
  const { hostname: host, port } = new URL(database.url)
  const proxy = await startTcpProxy({ host, port: Number(port) })
  undo.push(proxy.close)
  proxy.set('refuse')
  const url = Object.assign(new URL(database.url), { host: `127.0.0.1:${proxy.port}` })
  service = await startNode({ DATABASE_URL: url.href })
  expect(service.output()).toMatch(
    new RegExp(
      `cannot be used: \\w+ \\(host 127\\.0\\.0\\.1, port ${proxy.port}, database ${database.name}, TLS off\\)`,
    ),
  )
  const refused = await service.get('/health/ready')
  expect([refused.status, refused.headers.has('retry-after')]).toEqual([503, true])

  const before = proxy.accepted()
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MILLISECONDS))
  expect(proxy.accepted() - before).toBeLessThan(20)

  proxy.set('pass')
  await expect.poll(() => service?.output()).toContain('The database answers.')
  expect(service.output()).toContain('its tables were created')
  await expectJourney(service)
})

it('is not hammered by a service under load, when it accepts and hangs up', async () => {
  const sockets = new Set<Socket>()
  let accepted = 0
  const server = createServer((socket) => {
    accepted++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.destroy()
  }).listen(0, '127.0.0.1')
  undo.push(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  service = await startNode({ DATABASE_URL: `postgres://x@127.0.0.1:${port}/x` })
  accepted = 0
  const until = performance.now() + WATCHED_MILLISECONDS
  let answers = 0
  const lane = async () => {
    while (performance.now() < until) {
      expect((await service?.get('/health/ready'))?.status).toBe(503)
      answers++
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane))
  expect(answers).toBeGreaterThan(50)
  expect(accepted).toBeLessThan(30)
})

it.each<[string, () => Promise<string>, RegExp]>([
  ['nobody listens', async () => `127.0.0.1:${await freePort()}`, /ECONNREFUSED/],
  ['the name is not known', async () => 'no-such-host.invalid', /ENOTFOUND|EAI_AGAIN/],
])('says so at the start, and in the log of a request, where %s', async (_, host, code) => {
  service = await startNode({ DATABASE_URL: `postgres://somebody:secret@${await host()}/auth` })
  expect(service.output()).toMatch(new RegExp(`cannot be used: (${code.source}) \\(host`))
  expect((await service.get('/health/ready')).status).toBe(503)
  await expect
    .poll(() => service?.output())
    .toMatch(new RegExp(`"service_unavailable".*"code":"(${code.source})"`))
  expect(service.output()).not.toMatch(/somebody|secret/)
})

it('says what the database answers that lets nobody in', async () => {
  const database = await createDatabase()
  undo.push(database.drop)
  await database.admin.unsafe(`create role ${database.name} login password 'right'`)
  const wrong = new URL(database.url)
  Object.assign(wrong, { username: database.name, password: 'wrong' })
  service = await startNode({ DATABASE_URL: wrong.href })
  expect(service.output()).toContain('cannot be used: 28P01')
  await service.kill()
  service = undefined
  await database.admin.unsafe(`drop role ${database.name}`)
})
