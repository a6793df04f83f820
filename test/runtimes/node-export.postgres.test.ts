import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createDatabase } from '../support/app-postgres.ts'
import { signUpAndIn } from '../support/faults.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'

/** Far more than sockets and one page hold. */
const EVENTS = 60_000

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess
let token: string
beforeAll(async () => {
  database = await createDatabase()
  service = await startNode({ DATABASE_URL: database.url })
  const { tokens } = await signUpAndIn(service)
  token = tokens.access_token
  await database.sql.unsafe(`
    insert into edge_auth.user_roles (user_id, role)
      select id, 'admin' from edge_auth.users;
    insert into edge_auth.audit_events (id, at, event, outcome, details)
      select gen_random_uuid(), now(), 'user_created', 'success', '{}' from generate_series(1, ${EVENTS})`)
})
afterAll(async () => {
  await service?.kill()
  await database?.drop()
})
beforeEach(async () => {
  await database.sql.unsafe('alter table if exists edge_auth.elsewhere rename to audit_events')
})

const failTheNextPage = () =>
  database.sql.unsafe('alter table edge_auth.audit_events rename to elsewhere')
const cutOff = () => service.output().match(/"event":"file_cut_off".*/g) ?? []

/** Sends a request for the file, and reads no more of its answer than the beginning before `meanwhile` is done. */
async function rawExport(meanwhile: () => Promise<unknown>): Promise<string> {
  const socket = connect(service.port, '127.0.0.1')
  let received = ''
  const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => {}))
  socket.write(
    `GET /admin/audit/export HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
  )
  await new Promise<void>((resolve) => {
    socket.once('data', (piece) => {
      received += piece
      socket.pause()
      resolve()
    })
  })
  await meanwhile()
  socket.on('data', (piece) => {
    received += piece
  })
  socket.resume()
  await closed
  return received
}

it('sends all, and ends as a whole file does', async () => {
  const received = await rawExport(async () => {})
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(received).toMatch(/\r\ntransfer-encoding: chunked\r\n/i)
  expect(received.endsWith('\r\n0\r\n\r\n')).toBe(true)
  expect(received.match(/"event":"user_created"/g)?.length).toBeGreaterThanOrEqual(EVENTS)
  expect(cutOff()).toEqual([])
})

it('a file that the database cut off has no end, and its client is told', async () => {
  const received = await rawExport(failTheNextPage)
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(received.endsWith('\r\n0\r\n\r\n')).toBe(false)
  await expect.poll(cutOff).toEqual([expect.stringContaining('"code":"42P01"')])

  await database.sql.unsafe('alter table edge_auth.elsewhere rename to audit_events')
  const answer = await service.get('/admin/audit/export', token)
  const reader = answer.body?.getReader()
  await reader?.read()
  await failTheNextPage()
  await expect(
    (async () => {
      while (!(await reader?.read())?.done);
    })(),
  ).rejects.toThrow()
  await expect.poll(() => cutOff().length).toBe(2)
  // Nothing of the statement and its parameters, which the runtime would print past the log.
  expect(service.output()).not.toMatch(/failed query|params:|select /i)
})

/** How many pages wait for the table while it is locked, after so many other requests were answered. */
function pagesWaiting(): Promise<number> {
  return database.sql.begin(async (holder) => {
    await holder.unsafe('lock table edge_auth.audit_events in access exclusive mode')
    for (let count = 0; count < 20; count++) {
      expect((await service.get('/health')).status).toBe(200)
    }
    const [row] = await holder.unsafe<[{ count: number }]>(
      `select count(*)::int from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return row.count
  })
}

it('reads nothing more for a client that has left, which is no fault', async () => {
  const before = cutOff().length
  const leaving = new AbortController()
  const answer = await fetch(`${service.base}/admin/audit/export`, {
    headers: { authorization: `Bearer ${token}` },
    signal: leaving.signal,
  })
  await answer.body?.getReader().read()
  leaving.abort()
  // One may have been on its way. It ends when the table is let go.
  expect(await pagesWaiting()).toBeLessThanOrEqual(1)
  expect(await pagesWaiting()).toBe(0)
  expect(cutOff()).toHaveLength(before)

  await failTheNextPage()
  const problem = await service.get('/admin/audit/export', token)
  expect([problem.status, problem.headers.get('content-type')]).toEqual([
    503,
    'application/problem+json; charset=utf-8',
  ])
})
