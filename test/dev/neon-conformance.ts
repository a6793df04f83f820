import { NeonDbError, neon } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/neon-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerTests } from './neon-answers.ts'
import { clientOf, type Started } from './neon-client.ts'
import { refusalTests } from './neon-refusals.ts'

/** Holds an endpoint to everything the protocol promises, through the real driver and bare HTTP. */
export function neonConformance(name: string, start: () => Promise<Started>): void {
  describe(`the Neon endpoint over ${name}`, () => {
    let endpoint: Started
    const http = clientOf(() => endpoint)
    beforeAll(async () => {
      endpoint = await start()
      await http.sql()`DROP TABLE IF EXISTS box`
      await http.sql()`
        CREATE TABLE box (id int PRIMARY KEY, v text, u int UNIQUE DEFERRABLE INITIALLY DEFERRED)`
    })
    afterAll(() => endpoint.close())

    answerTests(http)
    refusalTests(http)

    describe('the real driver', () => {
      it('reads every type it parses', async () => {
        const at = new Date('2026-01-02T03:04:05.678Z')
        const { rows, rowCount } = await http.sql()`SELECT ${1}::int AS i, ${at}::timestamptz AS at,
          ${['a', 'b"', null]}::text[] AS a, ${{ x: [1] }}::jsonb AS j, ${Buffer.from([0, 255])} AS b,
          ${2n ** 60n}::int8 AS l, ${undefined}::text AS n`
        expect(rowCount).toBe(1)
        expect(rows[0]).toMatchObject({ i: 1, a: ['a', 'b"', null], j: { x: [1] }, n: null })
        expect(rows[0]?.l).toBe(String(2n ** 60n))
        expect(Buffer.from(rows[0]?.b as Buffer)).toEqual(Buffer.from([0, 255]))
      })

      it('throws NeonDbError with every field', async () => {
        await http.sql()`INSERT INTO box VALUES (1, 'one')`
        const error = await http.sql()`INSERT INTO box VALUES (1, 'two')`.catch((thrown) => thrown)
        expect(error).toBeInstanceOf(NeonDbError)
        expect(error).toMatchObject({
          ...{ code: '23505', constraint: 'box_pkey', table: 'box', schema: 'public' },
          ...{ severity: 'ERROR', detail: 'Key (id)=(1) already exists.' },
        })
        const position = await http
          .sql()
          .query('SELECT nowhere')
          .catch((thrown) => thrown)
        expect(position).toMatchObject({ code: '42703', position: '8', internalQuery: undefined })
      })

      it('serves drizzle, joins and batches included', async () => {
        const db = drizzle({ client: neon(http.endpoint().connectionString) })
        const results = await db.batch([db.execute('SELECT 1 AS a'), db.execute('SELECT 2 AS a')])
        expect(results.map(({ rows }) => rows)).toEqual([[{ a: 1 }], [{ a: 2 }]])
      })

      it('runs batches in one transaction with the isolation asked for', async () => {
        const shown = await http
          .sql()
          .transaction(
            [
              http.sql()`SHOW transaction_isolation`,
              http.sql()`SHOW transaction_read_only`,
              http.sql()`SHOW transaction_deferrable`,
            ],
            { isolationLevel: 'Serializable', readOnly: true, deferrable: true },
          )
        expect(shown.map(({ rows }) => Object.values(rows[0] ?? {})[0])).toEqual([
          'serializable',
          'on',
          'on',
        ])
        await expect(
          http.sql().transaction([http.sql()`INSERT INTO box VALUES (50)`, http.sql()`SELECT 1/0`]),
        ).rejects.toMatchObject({ code: '22012' })
        await expect(
          http
            .sql()
            .transaction([
              http.sql()`INSERT INTO box VALUES (51, '', 9)`,
              http.sql()`INSERT INTO box VALUES (52, '', 9)`,
            ]),
        ).rejects.toMatchObject({ code: '23505' })
        await expect(
          http.sql().transaction([http.sql()`INSERT INTO box VALUES (53)`], { readOnly: true }),
        ).rejects.toMatchObject({ code: '25006' })
        expect((await http.sql()`SELECT * FROM box WHERE id >= 50`).rows).toEqual([])
        expect((await http.post({ queries: [] })).body).toEqual({ results: [] })
      })
    })

    describe('batches', () => {
      it('repeat the headers in force, single answers do not', async () => {
        const headers = {
          'Neon-Batch-Isolation-Level': 'RepeatableRead',
          'Neon-Batch-Read-Only': 'true',
          'Neon-Batch-Deferrable': 'false',
        }
        const names = Object.keys(headers)
        const batch = await http.post({ queries: [{ query: 'SELECT 1' }] }, headers)
        expect(names.map((key) => batch.headers.get(key))).toEqual(['RepeatableRead', 'true', null])
        const single = await http.post({ query: 'SELECT 1', queries: [] }, headers)
        expect(names.map((key) => single.headers.get(key))).toEqual([null, null, null])
        expect(single.body.rowCount).toBe(1)
      })

      it('refuse an unknown isolation level even for a single query', async () => {
        const reply = await http.post(
          { query: 'SELECT 1' },
          { 'Neon-Batch-Isolation-Level': 'serializable' },
        )
        expect(reply).toMatchObject({ status: 400, body: { message: 'invalid isolation level' } })
      })
    })

    it('lets nothing of a session reach the next request', async () => {
      await http.one('BEGIN')
      await http.one("SET statement_timeout = '7s'")
      await http.one('CREATE TEMP TABLE box_temp (a int)')
      await http.one('PREPARE kept AS SELECT 1')
      await http.one('SELECT pg_advisory_lock(7)')
      const { rows } = await http.one(`SELECT current_setting('statement_timeout'),
        (SELECT count(*) FROM pg_prepared_statements), to_regclass('pg_temp.box_temp') IS NULL,
        (SELECT count(*) FROM pg_locks JOIN pg_database AS here ON here.oid = database
         WHERE locktype = 'advisory' AND datname = current_database())`)
      expect(rows).toEqual([['0', '0', true, '0']])
      const within = await http.post({
        queries: [
          { query: "SET LOCAL TimeZone = 'Asia/Tokyo'" },
          { query: 'SHOW TimeZone', arrayMode: true },
        ],
      })
      expect(within.body.results).toMatchObject([{}, { rows: [['Asia/Tokyo']] }])
    })
  })
}
