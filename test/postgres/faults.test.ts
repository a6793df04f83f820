import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { expectHealed, expectRefusals, type Subject, signUpAndIn } from '../support/faults.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'
import { ROLES } from '../support/postgres-server.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

let database: Awaited<ReturnType<typeof createDatabase>>
let proxy: Awaited<ReturnType<typeof startTcpProxy>>
let service: NodeProcess
let subject: Subject

beforeAll(async () => {
  database = await createDatabase()
  // A role of its own, for limits do not bind a superuser.
  await database.admin.unsafe(
    `create role ${database.name} login password 'secret-of-the-role' in role ${ROLES.owner}`,
  )
  const url = new URL(database.url)
  Object.assign(url, { username: database.name, password: 'secret-of-the-role' })
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) })
  url.host = `127.0.0.1:${proxy.port}`
  service = await startNode({ DATABASE_URL: url.href })
  subject = await signUpAndIn(service)
})
afterEach(async () => {
  proxy.set('pass')
  await expectHealed(service, subject)
})
afterAll(async () => {
  const { exitCode } = service.child
  await service.kill()
  proxy.close()
  const { admin, name } = database
  await database.sql.unsafe(`reassign owned by ${name} to postgres`)
  await admin.unsafe(`drop role ${name}`).catch(() => {})
  await database.drop()
  expect(exitCode).toBe(null)
  expect(service.output()).not.toMatch(/unhandled|Error:|secret-of-the-role|correct horse/i)
})

it('answers 503 at once while connections are refused', async () => {
  proxy.set('refuse')
  proxy.reset()
  await expectRefusals(service, subject, 2_000)
})

it('answers 503 within the deadline while packets are swallowed, on old connections and on new', async () => {
  proxy.set('hang')
  await expectRefusals(service, subject, 6_000)
  await expectRefusals(service, subject, 6_000)
})

it('answers 503 to a write that waits for a lock, while others are served', async () => {
  await database.sql.begin(async (holder) => {
    await holder`select 1 from sessions for update`
    const startedAt = performance.now()
    const refused = service.refresh(subject.tokens.refresh_token)
    expect((await service.get('/auth/me', subject.tokens.access_token)).status).toBe(200)
    const answer = await refused
    expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true])
    expect(performance.now() - startedAt).toBeLessThan(within(6_000))
  })
})

it('serves reads through broken and ended connections, and loses no write that was answered', async () => {
  const { tokens } = subject
  for (const strike of [
    async () => proxy.reset(),
    () => database.admin`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${database.name} and application_name = 'edge-auth'`,
  ]) {
    for (let round = 0; round < 10; round++) {
      const reads = Array.from({ length: 20 }, () => service.get('/auth/me', tokens.access_token))
      await strike()
      expect((await Promise.all(reads)).map(({ status }) => status)).toEqual(Array(20).fill(200))
    }
    const signups = Array.from({ length: 10 }, async () => {
      const username = `u${crypto.randomUUID().slice(0, 13)}`
      const email = `${username}@example.org`
      const { status } = await service.post('/auth/signup', { username, email, password: PASSWORD })
      return { username, status }
    })
    await strike()
    for (const { username, status } of await Promise.all(signups)) {
      expect([201, 503]).toContain(status)
      const rows = await database.sql`select 1 from users where username = ${username}`
      if (status === 201) expect(rows).toHaveLength(1)
    }
  }
})

it('answers 503 when Postgres has no connection left', async () => {
  await database.admin.unsafe(`alter role ${database.name} connection limit 0`)
  proxy.reset()
  await expectRefusals(service, subject, 2_000)
  await database.admin.unsafe(`alter role ${database.name} connection limit -1`)
})
