import fc from 'fast-check'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { PROBLEMS, type ProblemCode } from '../../src/errors.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { sendRaw, statusOf } from '../support/raw-http.ts'

/** What never ends is not answered before the server's patience is over, which other tests wait for. */
const UNANSWERED_MILLISECONDS = 150

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess
beforeAll(async () => {
  database = await createDatabase()
  service = await startNode({ DATABASE_URL: database.url })
})
afterAll(async () => {
  await service.kill()
  await database.drop()
})

const bytes = fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some).toString('latin1'))
const mostly = (right: string, ...wrong: string[]) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(right) },
    { weight: 2, arbitrary: fc.constantFrom(...wrong) },
    { weight: 1, arbitrary: bytes },
  )
const line = fc.tuple(
  mostly('POST', 'GET', 'get', 'HEAD', 'TRACE', 'CONNECT', 'OPTIONS', 'PRI', '', 'POST\t'),
  mostly(
    '/auth/login',
    ...['/auth/me', '*', 'http://x/health', '//auth/login', '/%', '/\u0000', '/a b', '/é', ''],
    ...['/../../etc/passwd', `/${'x'.repeat(9_000)}`, '/health?', 'localhost:22'],
  ),
  mostly('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', ''),
)
const headerLine = fc.tuple(
  mostly(
    'Content-Type',
    ...['Content-Length', 'Transfer-Encoding', 'Host', 'Expect', 'Upgrade', 'Content-Encoding'],
    ...['Authorization', 'X-Forwarded-For', '__proto__', 'constructor', ' X', 'X ', ''],
  ),
  mostly(
    'application/json',
    ...['0', '2', '-1', '1e3', '99999999999999999999', 'chunked', 'gzip, chunked', 'chunked, x'],
    ...['100-continue', 'websocket', 'a\r\n b', 'a\nb', '\u0000', 'é', '"', 'x'.repeat(9_000)],
    ...['Bearer a.b.c', '[::1]', 'a b', '{}'],
  ),
)
const body = mostly('{}', '', '{', '2\r\n{}\r\n0\r\n\r\n', 'ffffffffff\r\n', '-1\r\n', '0\r\n\r\n')

const message = fc
  .record({
    line: line.map((parts) => parts.join(' ')),
    headers: fc.oneof(
      fc.constant(['Content-Type: application/json', 'Content-Length: 2']),
      fc.array(
        headerLine.map(([name, value]) => `${name}: ${value}`),
        { maxLength: 4 },
      ),
    ),
    end: mostly('\r\n', '\n', '\r', '\r\n\r\n'),
    body,
  })
  .map(({ line: first, headers, end, body: rest }) =>
    [first, 'Host: localhost', 'Connection: close', ...headers, '', rest].join(end),
  )

it('whatever bytes arrive, the answer is none or a problem of the list, and the service goes on', async () => {
  const { runs, seed } = inject('fuzz')
  const statuses = new Set<number>()
  await fc.assert(
    fc.asyncProperty(message, async (text) => {
      const received = await sendRaw(service.port, text, UNANSWERED_MILLISECONDS)
      const status = statusOf(received)
      statuses.add(status)
      expect(status).toBeLessThan(500)
      if (status < 400 || /^HEAD /.test(text)) return
      const [head = '', document = ''] = received.split('\r\n\r\n')
      expect(head.toLowerCase()).toContain('content-type: application/problem+json')
      const code = /"code":"(\w+)"/.exec(document)?.[1] as ProblemCode
      expect(PROBLEMS[code]?.status).toBe(status)
    }),
    { seed, numRuns: runs * 20 },
  )
  // The parser refuses much of it, and the app has its share.
  expect([...statuses]).toEqual(expect.arrayContaining([400, 404, 415, 422]))
  expect((await service.get('/health/ready')).status).toBe(200)
  expect(service.child.exitCode).toBeNull()
  expect(service.output()).not.toMatch(/unhandled|"internal_error"|"level":"error"/)
})
