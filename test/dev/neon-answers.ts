import { describe, expect, it } from 'vitest'
import type { Client } from './neon-client.ts'

const raw = { 'Neon-Raw-Text-Output': 'true' }

/** Tests what goes into an answer, and how parameters are understood. */
export function answerTests(http: Client): void {
  describe('answers', () => {
    it('gives fields, rows, command and count', async () => {
      const reply = await http.post({ query: 'SELECT 1::int4 AS a, $1 AS b', params: ['x'] }, raw)
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
      expect((await http.post({ query })).body).toMatchObject({ command, rowCount })
    })

    it('names the table and column a field comes from', async () => {
      const { fields } = (await http.post({ query: 'SELECT u FROM box' })).body
      expect(fields).toMatchObject([{ name: 'u', columnID: 3, tableID: expect.any(Number) }])
    })

    it('prints raw cells as Postgres does', async () => {
      const query = `SELECT true, '{1,NULL}'::int[], '\\x41'::bytea, NULL, '\ufeffx', 1.50, '{"a":1}'::json`
      const { rows } = await http.one(query, [], raw)
      expect(rows).toEqual([['t', '{1,NULL}', '\\x41', null, '\ufeffx', '1.50', '{"a":1}']])
    })

    it('types cells when raw text is not asked for by exactly `true`', async () => {
      const query = `SELECT true, 1::int2, 1.5::float8, 'NaN'::float4, '-Infinity'::float8, 1::int8, 1.10,
          '[0:2]={1,NULL,3}'::int[], '{{t,f},{f,t}}'::bool[], ARRAY['a"b', 'NULL', '', NULL], '{}'::int[],
          ARRAY['{"x": 1}'::jsonb], '{1,2}'::int8[], int4range(1, 3), ROW(1, 'a'), '1'::oid, '(1,2)'::point`
      const { rows } = await http.one(query, [], { 'Neon-Raw-Text-Output': 'True' })
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
      const digits = await fetch(http.endpoint().url, {
        method: 'POST',
        headers: { 'neon-connection-string': http.endpoint().connectionString },
        body: JSON.stringify({ query: `SELECT '{"n": 12345678901234567890.10}'::json AS j` }),
      })
      expect(await digits.text()).toContain('"rows":[{"j":{"n": 12345678901234567890.10}}]')
    })

    it('knows arrays of enums, and calls what it cannot parse an internal error', async () => {
      await http.one('DROP TYPE IF EXISTS mood')
      await http.one("CREATE TYPE mood AS ENUM ('sad', 'very glad')")
      const { rows } = await http.one(`SELECT '{sad,"very glad"}'::mood[], 'sad'::mood`)
      expect(rows).toEqual([[['sad', 'very glad'], 'sad']])
      const failed = await http.post({ query: "SELECT '1 2'::int2vector" })
      expect(failed).toMatchObject({ status: 500, body: { code: '', severity: '' } })
    })

    it('lets a query decide between arrays and objects, the last of two equal names winning', async () => {
      const query = 'SELECT 1 AS a, 2 AS a'
      const replies = await Promise.all([
        http.post({ query, arrayMode: true }),
        http.post({ query, arrayMode: false }, { 'Neon-Array-Mode': 'true' }),
        http.post({ query, arrayMode: null }, { 'Neon-Array-Mode': 'true' }),
        http.post({ query }, { 'Neon-Array-Mode': '1' }),
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
      const { body } = await http.post(`{"query":"SELECT $1 AS v","params":[${json}]}`)
      expect(body.rows).toEqual([{ v: text }])
    })

    it('are counted and checked by Postgres', async () => {
      expect(await http.one('SELECT $1', [])).toMatchObject({ code: '08P01' })
      expect(await http.one('SELECT $1::int', ['x'])).toMatchObject({ code: '22P02' })
      expect(await http.one('SELECT $1', ['a\0b'])).toMatchObject({ code: '22021' })
      expect(await http.one('SELECT 1 \0')).toMatchObject({ code: '' })
    })
  })
}
