import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Client, LIMIT } from './neon-client.ts'

const KEYS = [
  ...['message', 'code', 'detail', 'hint', 'position', 'internalPosition', 'internalQuery'],
  ...['severity', 'where', 'table', 'column', 'schema', 'dataType', 'constraint', 'file'],
  ...['line', 'routine'],
]

/** Tests everything that is refused, and what goes around the queries. */
export function refusalTests(http: Client): void {
  describe('refusals', () => {
    const cases: [string, () => string | undefined, RegExp][] = [
      ['no connection string', () => undefined, /^invalid header: neon-connection-string$/],
      ['no URL', () => 'nonsense', /^invalid connection string: /],
      [
        'another scheme',
        () => http.url(() => {}).replace(/^postgres(ql)?:/, 'mysql:'),
        /^incorrect scheme$/,
      ],
      ['no user', () => 'postgres://h/db', /^missing username$/],
      [
        ...(['no password', () => http.url((it) => (it.password = ''))] as const),
        /^missing authentication credentials: required password$/,
      ],
      [
        'a wrong password',
        () => http.url((it) => (it.password = 'wrong')),
        /^password authentication failed for user '/,
      ],
      [
        'a wrong user',
        () => http.url((it) => (it.username = 'nobody%20x')),
        /for user 'nobody x'$/,
      ],
    ]
    it.for(cases)('%s', async ([, connection, message]) => {
      const reply = await http.post(
        { query: 'SELECT 1' },
        { 'Neon-Connection-String': connection() },
      )
      expect(reply.status).toBe(400)
      expect(Object.keys(reply.body)).toEqual(KEYS)
      expect(reply.body).toMatchObject({
        message: expect.stringMatching(message),
        code: '',
        severity: '',
      })
    })

    it('an unknown database', async () => {
      const unknown = http.url((it) => (it.pathname = '/no%20where'))
      const reply = await http.post({ query: 'SELECT 1' }, { 'Neon-Connection-String': unknown })
      expect(reply).toMatchObject({ status: 400, body: { code: '3D000', severity: 'FATAL' } })
      expect(reply.body.message).toBe('database "no where" does not exist')
    })

    it('a bearer token', async () => {
      const reply = await http.post({ query: 'SELECT 1' }, { Authorization: 'Bearer x' })
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
      const reply = await http.post(body)
      expect(reply.status).toBe(400)
      expect(reply.body.message).toMatch(/^could not parse the HTTP request body: /)
    })

    it('bytes that are not UTF-8', async () => {
      expect((await http.post(new Uint8Array([0x22, 0xff, 0x22]))).status).toBe(400)
    })

    it('two statements, COPY, and goes on serving', async () => {
      expect(await http.one('SELECT 1; SELECT 2')).toMatchObject({ code: '42601' })
      for (const query of ['COPY box FROM STDIN', 'COPY box TO STDOUT']) {
        expect((await http.post({ query })).status).toBe(400)
      }
      expect((await http.one('SELECT 1')).rows).toEqual([[1]])
    })

    it('requests and answers that are too large', async () => {
      const request = await http.post({ query: 'SELECT 1', params: ['x'.repeat(LIMIT)] })
      expect(request.status).toBe(413)
      expect(request.body.message).toBe(`request is too large (max is ${LIMIT} bytes)`)
      const query = "SELECT repeat('x', 6000000) FROM generate_series(1, 3)"
      const answer = await http.post({
        queries: [{ query: 'INSERT INTO box VALUES (60)' }, { query }],
      })
      expect(answer.status).toBe(507)
      expect(answer.body.message).toBe(`response is too large (max is ${LIMIT} bytes)`)
      expect((await http.one('SELECT * FROM box WHERE id = 60')).rows).toEqual([])
      expect((await http.post({ query: "SELECT repeat('x', 6000000)" })).status).toBe(200)
    })

    it('other paths and methods', async () => {
      for (const [path, method] of [
        ['/', 'GET'],
        ['/sql', 'GET'],
        ['/sql/', 'POST'],
        ['/v2', 'POST'],
      ]) {
        const response = await fetch(new URL(path ?? '', http.endpoint().url), {
          method: method ?? 'GET',
        })
        expect([response.status, await response.json()]).toEqual([400, 'query is not supported'])
      }
      const query = {
        headers: { 'neon-connection-string': http.endpoint().connectionString },
        body: '{"query":""}',
      }
      expect((await fetch(`${http.endpoint().url}?x=1`, { method: 'POST', ...query })).status).toBe(
        200,
      )
    })
  })

  it('answers a preflight', async () => {
    const { status, headers } = await fetch(http.endpoint().url, { method: 'OPTIONS' })
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
    const stuck = http.sql().query('SELECT pg_sleep(60)', [], {
      fetchOptions: { signal: aborted.signal },
    })
    setTimeout(() => aborted.abort(), 300)
    await expect(stuck).rejects.toThrow('Error connecting to database')
    const running = () =>
      http.one(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()",
      )
    await expect.poll(async () => (await running()).rows).toEqual([['0']])
  })

  it('listens on loopback alone', async () => {
    const { hostname, port } = new URL(http.endpoint().url)
    expect(hostname).toBe('127.0.0.1')
    const socket = connect(Number(port), '127.0.0.2')
    await expect(new Promise((_, reject) => socket.on('error', reject))).rejects.toThrow(
      'ECONNREFUSED',
    )
  })
}
