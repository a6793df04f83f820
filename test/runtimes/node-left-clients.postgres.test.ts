import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { signUpAndIn } from '../support/faults.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'

/** Far more than are hashed at once, and few enough that all of them would have their turn. */
const CLIENTS = 60

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess
beforeAll(async () => {
  database = await createDatabase()
  service = await startNode({ DATABASE_URL: database.url })
})
afterAll(async () => {
  const { exitCode } = service.child
  await service.kill()
  await database.drop()
  expect(exitCode).toBe(null)
  expect(service.output()).not.toMatch(/unhandled|"internal_error"|"level":"error"/)
})

async function send(path: string, body: unknown): Promise<Socket> {
  const json = JSON.stringify(body)
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n`
  const socket = connect(service.port, '127.0.0.1').on('error', () => {})
  await new Promise((sent) => socket.write(head + json, sent))
  return socket
}

const WAYS: Record<string, (socket: Socket) => void> = {
  'closed their side': (socket) => socket.end(),
  'broke off': (socket) => socket.resetAndDestroy(),
}

async function count(what: 'sessions' | 'users'): Promise<number> {
  const [row] =
    what === 'users'
      ? await database.sql`select count(*)::int as count from users`
      : await database.sql`select count(*)::int as count from sessions`
  return Number(row?.count)
}

it.each(Object.entries(WAYS))(
  'neither hashes nor opens a session for clients that %s while they waited',
  async (_, leave) => {
    const { username } = await signUpAndIn(service)
    const login = { username_or_email: username, password: PASSWORD }
    const before = await count('sessions')
    const sockets = await Promise.all(
      Array.from({ length: CLIENTS }, () => send('/auth/login', login)),
    )
    await expect.poll(() => count('sessions'), { interval: 5 }).toBeGreaterThan(before)
    for (const socket of sockets) leave(socket)
    // Who waits behind them all is answered when they are gone, one way or the other.
    expect((await service.post('/auth/login', login)).status).toBe(200)
    expect((await count('sessions')) - before).toBeLessThan(CLIENTS / 2)
  },
)

it('makes no account for clients that left while they waited', async () => {
  const before = await count('users')
  const person = (name: string) => ({
    username: name,
    email: `${name}@example.org`,
    password: PASSWORD,
  })
  const tag = crypto.randomUUID().slice(0, 8)
  const sockets = await Promise.all(
    Array.from({ length: CLIENTS }, (_, at) => send('/auth/signup', person(`l${tag}${at}`))),
  )
  await expect.poll(() => count('users'), { interval: 5 }).toBeGreaterThan(before)
  for (const socket of sockets) socket.resetAndDestroy()
  expect((await service.post('/auth/signup', person(`l${tag}last`))).status).toBe(201)
  expect((await count('users')) - before).toBeLessThan(CLIENTS / 2)
})

it('changes no password for clients that left while they waited', async () => {
  const { username, tokens } = await signUpAndIn(service)
  const login = { username_or_email: username, password: PASSWORD }
  // Another's log-ins, for so many end a person's older sessions.
  const crowd = { username_or_email: (await signUpAndIn(service)).username, password: PASSWORD }
  const waiting = await Promise.all(
    Array.from({ length: CLIENTS }, () => send('/auth/login', crowd)),
  )
  const change = JSON.stringify({ current_password: PASSWORD, new_password: `${PASSWORD}!` })
  const changing = connect(service.port, '127.0.0.1').on('error', () => {})
  const head = `POST /auth/password HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${tokens.access_token}\r\nContent-Type: application/json\r\nContent-Length: ${change.length}\r\n\r\n`
  await new Promise((sent) => changing.write(head + change, sent))
  for (const socket of [changing, ...waiting]) socket.resetAndDestroy()
  // The change would need two turns in the queue, and each of these waits behind one.
  for (let turn = 0; turn < 3; turn++) {
    expect((await service.post('/auth/login', login)).status).toBe(200)
  }
})
