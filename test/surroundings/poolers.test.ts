import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'
import { startPgBouncer } from '../support/debian.ts'
import { type SqlClient, sqlClient } from '../support/sql.ts'
import { strikeRounds, strikesOn } from '../support/strikes.ts'

const ROUNDS = 200
const CLIENTS = 64

describe.each([
  ['transaction', 'transaction', undefined],
  ['session', undefined, undefined],
  ['transaction', undefined, 'of which nobody told the service'],
] as const)('PgBouncer in %s mode, DATABASE_POOLER=%s %s', (mode, pooler, _untold) => {
  let bouncer: Awaited<ReturnType<typeof startPgBouncer>>
  let t: PostgresTestApp
  let beside: SqlClient
  beforeAll(async () => {
    const { hostname, port } = new URL(inject('postgresUrl'))
    bouncer = await startPgBouncer({ host: hostname, port: Number(port) }, mode)
    t = await createPostgresTestApp({ through: bouncer.through, connect: { pooler } })
    // Sessions are shared in transaction mode only; in session mode this one would keep one of the few.
    beside = sqlClient(mode === 'transaction' ? bouncer.through(t.url) : t.url, 2)
  })
  afterAll(async () => {
    await beside.end()
    await t.close()
    await bouncer.stop()
  })

  it('tells nobody anything wrong and loses nothing, whatever befalls the sessions', async () => {
    const everywhere = (statement: string) => () =>
      Promise.all(Array.from({ length: 10 }, () => beside.unsafe(statement).catch(() => {})))
    const strikes = [
      ...strikesOn(t.sql, t.database),
      everywhere('deallocate all'),
      everywhere('discard all'),
    ]
    const seen = await strikeRounds(t, t.sql, { count: ROUNDS, people: CLIENTS, strikes })
    expect(seen.refused).toBeLessThan((ROUNDS * CLIENTS) / 20)
  })
})
