import type { Socket } from 'node:net'
import { sql as text } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createDatabase,
  createPostgresTestApp,
  type PostgresTestApp,
} from '../support/app-postgres.ts'
import { strikeRounds, strikesOn } from '../support/strikes.ts'

const ROUNDS = 200
const CLIENTS = 64

describe('the driver alone, on one pipelined connection', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>
  beforeAll(async () => {
    database = await createDatabase()
    await database.sql.unsafe(`create table public.people (id int primary key, name text);
      insert into public.people values (1, 'ada'), (2, 'mallory')`)
  })
  afterAll(() => database.drop())

  const ask = (client: pg.Client, name: string, id: number) =>
    client
      .query<[string]>({
        name,
        text: 'select name from people where id = $1',
        values: [id],
        rowMode: 'array',
      })
      .then(
        ({ rows }) => rows[0]?.[0],
        (error: { code?: string; message: string }) => error.code ?? error.message,
      )

  it.each([
    ['a changed column', 'alter table people alter column name type varchar(N)', '0A000'],
    ['forgotten statements', 'deallocate all', '26000'],
    ['a reset session', 'discard all', '26000'],
  ])('%s gives nobody another’s row', async (_, strike, code) => {
    for (let round = 0; round < ROUNDS; round++) {
      const client = new pg.Client({ connectionString: database.adminUrl, pipeline: true })
      await client.connect()
      expect(await ask(client, 'ada', 1)).toBe('ada')
      expect(await ask(client, 'mallory', 2)).toBe('mallory')
      await client.query(strike.replace('N', String(20 + (round % 2))))
      const [ada, mallory] = await Promise.all([ask(client, 'ada', 1), ask(client, 'mallory', 2)])
      expect(['ada', code]).toContain(ada)
      expect(['mallory', code]).toContain(mallory)
      await client.end()
    }
  })

  it('an ended session fails everybody at once, and hangs nobody', async () => {
    for (let round = 0; round < 20; round++) {
      const client = new pg.Client({
        connectionString: database.adminUrl,
        pipeline: true,
      }) as pg.Client & { processID: number; connection: { stream: Socket } }
      client.on('error', () => {})
      await client.connect()
      const asked = Array.from({ length: 20 }, () => ask(client, 'ada', 1))
      await database.sql`select pg_terminate_backend(${client.processID})`
      for (const name of await Promise.all(asked)) {
        expect(name).toMatch(/^(ada|57P01|ECONNRESET|EPIPE|Connection terminated.*|Client .*)$/)
      }
      client.connection.stream.destroy()
    }
  })
})

describe.each([
  ['ten connections', {}],
  ['one connection', { poolSize: 1 }],
])('the service over TCP with %s', (_, options) => {
  let t: PostgresTestApp
  beforeAll(async () => {
    t = await createPostgresTestApp({ connect: options })
  })
  afterAll(() => t.close())

  it('tells nobody anything wrong and loses nothing, whatever befalls its connections', async () => {
    const everywhere = (statement: string) => () =>
      Promise.all(
        // As many as there may be connections: behind a pooler others' statements reach our sessions.
        Array.from({ length: 10 }, () => t.db.execute(text.raw(statement)).catch(() => {})),
      )
    const strikes = [
      ...strikesOn(t.sql, t.database),
      everywhere('deallocate all'),
      everywhere('discard all'),
    ]
    const seen = await strikeRounds(t, t.sql, { count: ROUNDS, people: CLIENTS, strikes })
    expect(seen.signedUp).toBeGreaterThan(ROUNDS / 2)
    // A handful for each strike, no more: reads are asked for again.
    expect(seen.refused).toBeLessThan((ROUNDS * CLIENTS) / 20)
  })
})
