import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { type DebianPostgres, startDebianPostgres, startPgBouncer } from '../support/debian.ts'
import { expectJourney } from '../support/journey.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { sqlClient } from '../support/sql.ts'

let postgres: DebianPostgres
let service: NodeProcess | undefined
let databases = 0

beforeAll(async () => {
  postgres = await startDebianPostgres()
})
afterAll(() => postgres.stop())
afterEach(async () => {
  await service?.kill()
  service = undefined
})

async function newDatabase(name = `ways_${++databases}`): Promise<string> {
  const admin = sqlClient(postgres.url)
  await admin.unsafe(`create database "${name}"`)
  await admin.end()
  return name
}

describe('the whole journey, from an empty database,', () => {
  it.each<[string, (database: string) => string]>([
    ['over IPv4', (name) => `postgres://postgres@127.0.0.1:${postgres.port}/${name}`],
    ['over IPv6', (name) => `postgres://postgres@[::1]:${postgres.port}/${name}`],
    [
      'over a socket',
      (name) => `postgres://postgres:x@/${name}?host=${postgres.folder}&port=${postgres.port}`,
    ],
    [
      'over a socket whose folder is the host',
      (name) =>
        `postgresql://postgres@${encodeURIComponent(postgres.folder)}:${postgres.port}/${name}`,
    ],
    [
      'over TLS with an authority of its own',
      (name) =>
        `postgres://postgres@localhost:${postgres.port}/${name}?sslmode=verify-full&sslrootcert=${postgres.authority}`,
    ],
    [
      'over TLS, by address, as Neon writes it',
      (name) =>
        `postgres://postgres@127.0.0.1:${postgres.port}/${name}?sslmode=require&channel_binding=require&sslrootcert=${postgres.authority}`,
    ],
    [
      'over TLS that nobody verifies',
      (name) => `postgres://postgres@localhost:${postgres.port}/${name}?sslmode=no-verify`,
    ],
    [
      'over TLS where there is TLS',
      (name) => `postgres://postgres@localhost:${postgres.port}/${name}?sslmode=prefer`,
    ],
    [
      'with words of other tools',
      (name) =>
        `postgres://postgres@localhost:${postgres.port}/${name}?keepalives=1&fallback_application_name=x&target_session_attrs=read-write&schema=public&connection_limit=3&uselibpqcompat=true&sslmode=require`,
    ],
  ])('%s', async (_, url) => {
    service = await startNode({ DATABASE_URL: url(await newDatabase()) })
    await expectJourney(service)
  })

  it('in a database whose name must be encoded', async () => {
    const name = await newDatabase('na/me %d')
    const url = `postgres://postgres@localhost:${postgres.port}/${encodeURIComponent(name)}`
    service = await startNode({ DATABASE_URL: url })
    await expectJourney(service)
  })

  it.each([
    ['transaction', { DATABASE_POOLER: 'transaction' }],
    ['session', {}],
  ] as const)('through a stock PgBouncer in %s mode', async (mode, env) => {
    const bouncer = await startPgBouncer({ host: '127.0.0.1', port: postgres.port }, mode)
    const database = `postgres://postgres@127.0.0.1:${postgres.port}/${await newDatabase()}`
    service = await startNode({ DATABASE_URL: bouncer.through(database), ...env })
    await expectJourney(service)
    await Promise.all(Array.from({ length: 8 }, () => expectJourney(service as NodeProcess)))
    await service.kill()
    await bouncer.stop()
  })

  it('on the newest Postgres', async () => {
    const admin = sqlClient(inject('postgresUrl'))
    await admin.unsafe('create database ways')
    const url = Object.assign(new URL(inject('postgresUrl')), { pathname: '/ways' }).href
    service = await startNode({ DATABASE_URL: url })
    await expectJourney(service)
    await service.kill()
    await admin.unsafe('drop database ways with (force)')
    await admin.end()
  })
})

it('says at the start that the certificate is not to be trusted, and not who would have logged in', async () => {
  const url = `postgres://somebody:secret@localhost:${postgres.port}/postgres?sslmode=verify-full`
  service = await startNode({ DATABASE_URL: url })
  expect(service.output()).toMatch(
    new RegExp(
      `cannot be used: (UNABLE_TO_\\w+|SELF_SIGNED_\\w+|DEPTH_ZERO_\\w+) \\(host localhost, port ${postgres.port}, database postgres, TLS with the certificate verified\\)`,
    ),
  )
  expect(service.output()).not.toMatch(/somebody|secret/)
  expect((await service.get('/health')).status).toBe(200)
  expect((await service.get('/health/ready')).status).toBe(503)
})
