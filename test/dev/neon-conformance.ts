import { connect } from 'node:net'
import { NeonDbError, neon, neonConfig } from '@neondatabase/serverless'
import { drizzle } from 'drizzle-orm/neon-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

export type Started = { url: string; connectionString: string; close(): Promise<void> }

type Reply = { status: number; headers: Headers; body: Record<string, unknown> }

const isRaw = (body: unknown) => typeof body === 'string' || body instanceof Uint8Array

const LIMIT = 10_485_760
const KEYS = [
  ...['message', 'code', 'detail', 'hint', 'position', 'internalPosition', 'internalQuery'],
  ...['severity', 'where', 'table', 'column', 'schema', 'dataType', 'constraint', 'file'],
  ...['line', 'routine'],
]

/** Holds an endpoint to everything the protocol promises, through the real driver and bare HTTP. */
export function neonConformance(name: string, start: () => Promise<Started>): void {
  describe(`the Neon endpoint over ${name}`, () => {
    let endpoint: Started
    let sql: ReturnType<typeof neon<false, true>>
    beforeAll(async () => {
      endpoint = await start()
      neonConfig.fetchEndpoint = endpoint.url
      sql = neon(endpoint.connectionString, { fullResults: true })
      await sql`DROP TABLE IF EXISTS box`
      await sql`CREATE TABLE box (id int PRIMARY KEY, v text, u int UNIQUE DEFERRABLE INITIALLY DEFERRED)`
    }, 60_000)
    afterAll(() => endpoint.close())

    const post = async (
      body: unknown,
      headers: Record<string, string | undefined> = {},
    ): Promise<Reply> => {
      const sent = { 'Neon-Connection-String': endpoint.connectionString, ...headers }
      const response = await fetch(endpoint.url, {
        method: 'POST',
        headers: Object.entries(sent).flatMap(([key, value]) => (value ? [[key, value]] : [])) as [
          string,
          string,
        ][],
        body: (isRaw(body) ? body : JSON.stringify(body)) as BodyInit,
      })
      const { status, headers: received } = response
      return { status, headers: received, body: (await response.json()) as Reply['body'] }
    }
    const one = async (query: string, params: unknown[] = [], headers = {}) =>
      (await post({ query, params }, { 'Neon-Array-Mode': 'true', ...headers })).body
    const raw = { 'Neon-Raw-Text-Output': 'true' }
    const url = (change: (url: URL) => void) => {
      const changed = new URL(endpoint.connectionString)
      change(changed)
      return changed.href
    }

    describe('answers', () => {
      it('gives fields, rows, command and count', async () => {
        const reply = await post({ query: 'SELECT 1::int4 AS a, $1 AS b', params: ['x'] }, raw)
        expect(reply.status).toBe(200)
        expect(reply.headers.get('content-type')).toBe('application/json')
        expect(reply.headers.get('access-control-allow-origin')).toBe('*')
        expect(reply.headers.get('neon-request-id')).toMatch(/^[0-9a-f-]{36}$/)
        const common = { tableID: 0, columnID: 0, dataTypeModifier: -1, format: 'text' }
        expect(reply.body).toEqual({
          fields: [
            { name: 'a', dataTypeID: 23, dataTypeSize: 4, ...common },
            { name: 'b', dataTypeID: 25, dataTypeSize: -1, ...common },
          ],
          ...{ rows: [{ a: '1', b: 'x' }], command: 'SELECT', rowCount: 1, rowAsArray: false },
        })
      })

      it.for([
        ['CREATE TABLE made (a int)', 'CREATE', null],
        ['INSERT INTO made VALUES (1), (2)', 'INSERT', 2],
        ['UPDATE made SET a = 3', 'UPDATE', 2],
        ['DELETE FROM made', 'DELETE', 2],
        ['SHOW search_path;', 'SHOW', null],
        ['EXPLAIN SELECT 1', 'EXPLAIN', null],
        ['DROP TABLE made', 'DROP', null],
        ['', '', null],
        ['-- nothing', '', null],
      ] as const)('reads the command tag of %s', async ([query, command, rowCount]) => {
        expect((await post({ query })).body).toMatchObject({ command, rowCount })
      })

      it('names the table and column a field comes from', async () => {
        const { fields } = (await post({ query: 'SELECT u FROM box' })).body
        expect(fields).toMatchObject([{ name: 'u', columnID: 3, tableID: expect.any(Number) }])
      })

      it('prints raw cells as Postgres does', async () => {
        const query = `SELECT true, '{1,NULL}'::int[], '\\x41'::bytea, NULL, '\ufeffx', 1.50, '{"a":1}'::json`
        const { rows } = await one(query, [], raw)
        expect(rows).toEqual([['t', '{1,NULL}', '\\x41', null, '\ufeffx', '1.50', '{"a":1}']])
      })

      it('types cells when raw text is not asked for by exactly `true`', async () => {
        const query = `SELECT true, 1::int2, 1.5::float8, 'NaN'::float4, '-Infinity'::float8, 1::int8, 1.10,
          '[0:2]={1,NULL,3}'::int[], '{{t,f},{f,t}}'::bool[], ARRAY['a"b', 'NULL', '', NULL], '{}'::int[],
          ARRAY['{"x": 1}'::jsonb], '{1,2}'::int8[], int4range(1, 3), ROW(1, 'a'), '1'::oid, '(1,2)'::point`
        const { rows } = await one(query, [], { 'Neon-Raw-Text-Output': 'True' })
        expect(rows).toEqual([
          [
            ...[true, 1, 1.5, 'NaN', '-Infinity', '1', '1.10', [1, null, 3]],
            ...[
              [
                [true, false],
                [false, true],
              ],
              ['a"b', 'NULL', '', null],
              [],
              [{ x: 1 }],
            ],
            ...[['1', '2'], '[1,3)', '(1,a)', '1', '(1,2)'],
          ],
        ])
        const digits = await fetch(endpoint.url, {
          method: 'POST',
          headers: { 'neon-connection-string': endpoint.connectionString },
          body: JSON.stringify({ query: `SELECT '{"n": 12345678901234567890.10}'::json AS j` }),
        })
        expect(await digits.text()).toContain('"rows":[{"j":{"n": 12345678901234567890.10}}]')
      })

      it('knows arrays of enums, and calls what it cannot parse an internal error', async () => {
        await one('DROP TYPE IF EXISTS mood')
        await one("CREATE TYPE mood AS ENUM ('sad', 'very glad')")
        const { rows } = await one(`SELECT '{sad,"very glad"}'::mood[], 'sad'::mood`)
        expect(rows).toEqual([[['sad', 'very glad'], 'sad']])
        const failed = await post({ query: "SELECT '1 2'::int2vector" })
        expect(failed).toMatchObject({ status: 500, body: { code: '', severity: '' } })
      })

      it('lets a query decide between arrays and objects, the last of two equal names winning', async () => {
        const query = 'SELECT 1 AS a, 2 AS a'
        const replies = await Promise.all([
          post({ query, arrayMode: true }),
          post({ query, arrayMode: false }, { 'Neon-Array-Mode': 'true' }),
          post({ query, arrayMode: null }, { 'Neon-Array-Mode': 'true' }),
          post({ query }, { 'Neon-Array-Mode': '1' }),
        ])
        expect(replies.map(({ body }) => body.rows)).toEqual([
          [[1, 2]],
          [{ a: 2 }],
          [[1, 2]],
          [{ a: 2 }],
        ])
        expect(replies.map(({ body }) => body.rowAsArray)).toEqual([true, false, true, false])
      })
    })

    describe('parameters', () => {
      it.for([
        ['null', null],
        ['true', 'true'],
        ['9223372036854775807', '9223372036854775807'],
        ['18446744073709551615', '18446744073709551615'],
        ['1.0', '1.0'],
        ['-0', '-0.0'],
        ['1e3', '1000.0'],
        ['1e21', '1e21'],
        ['0.00000015', '1.5e-7'],
        ['0.1', '0.1'],
        ['{"b": 1, "a": [1.50, null]}', '{"a":[1.5,null],"b":1}'],
        ['["NULL", null, 1, true, "a\\"b"]', '{"NULL",NULL,1,true,"a\\"b"}'],
        ['[[1, 2], [{"x": "y"}]]', '{{1,2},{"{\\"x\\":\\"y\\"}"}}'],
        ['"\ufeff"', '\ufeff'],
      ] as const)('%s', async ([json, text]) => {
        const { body } = await post(`{"query":"SELECT $1 AS v","params":[${json}]}`)
        expect(body.rows).toEqual([{ v: text }])
      })

      it('are counted and checked by Postgres', async () => {
        expect(await one('SELECT $1', [])).toMatchObject({ code: '08P01' })
        expect(await one('SELECT $1::int', ['x'])).toMatchObject({ code: '22P02' })
        expect(await one('SELECT $1', ['a\0b'])).toMatchObject({ code: '22021' })
        expect(await one('SELECT 1 \0')).toMatchObject({ code: '' })
      })
    })

    describe('the real driver', () => {
      it('reads every type it parses', async () => {
        const at = new Date('2026-01-02T03:04:05.678Z')
        const { rows, rowCount } = await sql`SELECT ${1}::int AS i, ${at}::timestamptz AS at,
          ${['a', 'b"', null]}::text[] AS a, ${{ x: [1] }}::jsonb AS j, ${Buffer.from([0, 255])} AS b,
          ${2n ** 60n}::int8 AS l, ${undefined}::text AS n`
        expect(rowCount).toBe(1)
        expect(rows[0]).toMatchObject({ i: 1, a: ['a', 'b"', null], j: { x: [1] }, n: null })
        expect(rows[0]?.l).toBe(String(2n ** 60n))
        expect(Buffer.from(rows[0]?.b as Buffer)).toEqual(Buffer.from([0, 255]))
      })

      it('throws NeonDbError with every field', async () => {
        await sql`INSERT INTO box VALUES (1, 'one')`
        const error = await sql`INSERT INTO box VALUES (1, 'two')`.catch((thrown) => thrown)
        expect(error).toBeInstanceOf(NeonDbError)
        expect(error).toMatchObject({
          ...{ code: '23505', constraint: 'box_pkey', table: 'box', schema: 'public' },
          ...{ severity: 'ERROR', detail: 'Key (id)=(1) already exists.' },
        })
        const position = await sql.query('SELECT nowhere').catch((thrown) => thrown)
        expect(position).toMatchObject({ code: '42703', position: '8', internalQuery: undefined })
      })

      it('serves drizzle, joins and batches included', async () => {
        const db = drizzle({ client: neon(endpoint.connectionString) })
        const results = await db.batch([db.execute('SELECT 1 AS a'), db.execute('SELECT 2 AS a')])
        expect(results.map(({ rows }) => rows)).toEqual([[{ a: 1 }], [{ a: 2 }]])
      })

      it('runs batches in one transaction with the isolation asked for', async () => {
        const shown = await sql.transaction(
          [
            sql`SHOW transaction_isolation`,
            sql`SHOW transaction_read_only`,
            sql`SHOW transaction_deferrable`,
          ],
          { isolationLevel: 'Serializable', readOnly: true, deferrable: true },
        )
        expect(shown.map(({ rows }) => Object.values(rows[0] ?? {})[0])).toEqual([
          'serializable',
          'on',
          'on',
        ])
        await expect(
          sql.transaction([sql`INSERT INTO box VALUES (50)`, sql`SELECT 1/0`]),
        ).rejects.toMatchObject({ code: '22012' })
        await expect(
          sql.transaction([
            sql`INSERT INTO box VALUES (51, '', 9)`,
            sql`INSERT INTO box VALUES (52, '', 9)`,
          ]),
        ).rejects.toMatchObject({ code: '23505' })
        await expect(
          sql.transaction([sql`INSERT INTO box VALUES (53)`], { readOnly: true }),
        ).rejects.toMatchObject({ code: '25006' })
        expect((await sql`SELECT * FROM box WHERE id >= 50`).rows).toEqual([])
        expect((await post({ queries: [] })).body).toEqual({ results: [] })
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
        const batch = await post({ queries: [{ query: 'SELECT 1' }] }, headers)
        expect(names.map((key) => batch.headers.get(key))).toEqual(['RepeatableRead', 'true', null])
        const single = await post({ query: 'SELECT 1', queries: [] }, headers)
        expect(names.map((key) => single.headers.get(key))).toEqual([null, null, null])
        expect(single.body.rowCount).toBe(1)
      })

      it('refuse an unknown isolation level even for a single query', async () => {
        const reply = await post(
          { query: 'SELECT 1' },
          { 'Neon-Batch-Isolation-Level': 'serializable' },
        )
        expect(reply).toMatchObject({ status: 400, body: { message: 'invalid isolation level' } })
      })
    })

    it('lets nothing of a session reach the next request', async () => {
      await one('BEGIN')
      await one("SET statement_timeout = '7s'")
      await one('CREATE TEMP TABLE box_temp (a int)')
      await one('PREPARE kept AS SELECT 1')
      await one('SELECT pg_advisory_lock(7)')
      const { rows } = await one(`SELECT current_setting('statement_timeout'),
        (SELECT count(*) FROM pg_prepared_statements), to_regclass('pg_temp.box_temp') IS NULL,
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')`)
      expect(rows).toEqual([['0', '0', true, '0']])
      const within = await post({
        queries: [
          { query: "SET LOCAL TimeZone = 'Asia/Tokyo'" },
          { query: 'SHOW TimeZone', arrayMode: true },
        ],
      })
      expect(within.body.results).toMatchObject([{}, { rows: [['Asia/Tokyo']] }])
    })

    describe('refusals', () => {
      const cases: [string, () => string | undefined, RegExp][] = [
        ['no connection string', () => undefined, /^invalid header: neon-connection-string$/],
        ['no URL', () => 'nonsense', /^invalid connection string: /],
        [
          'another scheme',
          () => url(() => {}).replace(/^postgres(ql)?:/, 'mysql:'),
          /^incorrect scheme$/,
        ],
        ['no user', () => 'postgres://h/db', /^missing username$/],
        [
          ...(['no password', () => url((it) => (it.password = ''))] as const),
          /^missing authentication credentials: required password$/,
        ],
        [
          'a wrong password',
          () => url((it) => (it.password = 'wrong')),
          /^password authentication failed for user '/,
        ],
        ['a wrong user', () => url((it) => (it.username = 'nobody%20x')), /for user 'nobody x'$/],
      ]
      it.for(cases)('%s', async ([, connection, message]) => {
        const reply = await post({ query: 'SELECT 1' }, { 'Neon-Connection-String': connection() })
        expect(reply.status).toBe(400)
        expect(Object.keys(reply.body)).toEqual(KEYS)
        expect(reply.body).toMatchObject({
          message: expect.stringMatching(message),
          code: '',
          severity: '',
        })
      })

      it('an unknown database', async () => {
        const unknown = url((it) => (it.pathname = '/no%20where'))
        const reply = await post({ query: 'SELECT 1' }, { 'Neon-Connection-String': unknown })
        expect(reply).toMatchObject({ status: 400, body: { code: '3D000', severity: 'FATAL' } })
        expect(reply.body.message).toBe('database "no where" does not exist')
      })

      it('a bearer token', async () => {
        const reply = await post({ query: 'SELECT 1' }, { Authorization: 'Bearer x' })
        expect(reply.body.message).toBe('missing authentication credentials: required password')
      })

      it.for([
        '',
        '{',
        '[]',
        '{}',
        '{"query":1}',
        '{"query":"","params":null}',
        '{"queries":[{}]}',
        '"x"',
        '1e999',
        '{"query":"\\ud800"}',
      ])('the body %s', async (body) => {
        const reply = await post(body)
        expect(reply.status).toBe(400)
        expect(reply.body.message).toMatch(/^could not parse the HTTP request body: /)
      })

      it('bytes that are not UTF-8', async () => {
        expect((await post(new Uint8Array([0x22, 0xff, 0x22]))).status).toBe(400)
      })

      it('two statements, COPY, and goes on serving', async () => {
        expect(await one('SELECT 1; SELECT 2')).toMatchObject({ code: '42601' })
        for (const query of ['COPY box FROM STDIN', 'COPY box TO STDOUT']) {
          expect((await post({ query })).status).toBe(400)
        }
        expect((await one('SELECT 1')).rows).toEqual([[1]])
      })

      it('requests and answers that are too large', async () => {
        const request = await post({ query: 'SELECT 1', params: ['x'.repeat(LIMIT)] })
        expect(request.status).toBe(413)
        expect(request.body.message).toBe(`request is too large (max is ${LIMIT} bytes)`)
        const query = "SELECT repeat('x', 6000000) FROM generate_series(1, 3)"
        const answer = await post({
          queries: [{ query: 'INSERT INTO box VALUES (60)' }, { query }],
        })
        expect(answer.status).toBe(507)
        expect(answer.body.message).toBe(`response is too large (max is ${LIMIT} bytes)`)
        expect((await one('SELECT * FROM box WHERE id = 60')).rows).toEqual([])
        expect((await post({ query: "SELECT repeat('x', 6000000)" })).status).toBe(200)
      })

      it('other paths and methods', async () => {
        for (const [path, method] of [
          ['/', 'GET'],
          ['/sql', 'GET'],
          ['/sql/', 'POST'],
          ['/v2', 'POST'],
        ]) {
          const response = await fetch(new URL(path ?? '', endpoint.url), {
            method: method ?? 'GET',
          })
          expect([response.status, await response.json()]).toEqual([400, 'query is not supported'])
        }
        const query = {
          headers: { 'neon-connection-string': endpoint.connectionString },
          body: '{"query":""}',
        }
        expect((await fetch(`${endpoint.url}?x=1`, { method: 'POST', ...query })).status).toBe(200)
      })
    })

    it('answers a preflight', async () => {
      const { status, headers } = await fetch(endpoint.url, { method: 'OPTIONS' })
      expect(status).toBe(200)
      expect(headers.get('allow')).toBe('OPTIONS, POST')
      expect(headers.get('access-control-max-age')).toBe('86400')
      expect(headers.get('access-control-allow-headers')).toBe(
        'Authorization, Neon-Connection-String, Neon-Raw-Text-Output, Neon-Array-Mode, ' +
          'Neon-Pool-Opt-In, Neon-Batch-Read-Only, Neon-Batch-Isolation-Level',
      )
    })

    it('stops the query of a client that hangs up', async () => {
      const aborted = new AbortController()
      const stuck = sql.query('SELECT pg_sleep(60)', [], {
        fetchOptions: { signal: aborted.signal },
      })
      setTimeout(() => aborted.abort(), 300)
      await expect(stuck).rejects.toThrow('Error connecting to database')
      const running = () =>
        one(
          "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()",
        )
      await expect.poll(async () => (await running()).rows).toEqual([['0']])
    }, 20_000)

    it('listens on loopback alone', async () => {
      const { hostname, port } = new URL(endpoint.url)
      expect(hostname).toBe('127.0.0.1')
      const socket = connect(Number(port), '127.0.0.2')
      await expect(new Promise((_, reject) => socket.on('error', reject))).rejects.toThrow(
        'ECONNREFUSED',
      )
    })
  })
}
