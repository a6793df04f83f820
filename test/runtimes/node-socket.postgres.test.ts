import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { type Subject, signUpAndIn } from '../support/faults.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'
import { sendRaw, statusOf } from '../support/raw-http.ts'

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess
let subject: Subject
beforeAll(async () => {
  database = await createDatabase()
  service = await startNode({ DATABASE_URL: database.url })
  subject = await signUpAndIn(service)
})
afterEach(async () => {
  expect((await service.get('/auth/me', subject.tokens.access_token)).status).toBe(200)
})
afterAll(async () => {
  const { exitCode } = service.child
  await service.kill()
  await database.drop()
  expect(exitCode).toBe(null)
  expect(service.output()).not.toMatch(/unhandled|"internal_error"/)
})

const get = (target: string, headers = '', version = '1.1') =>
  `GET ${target} HTTP/${version}\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`
const withHost = (host: string) => get('/health').replace('localhost', host)
const post = (headers: string, body: string) =>
  `POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n${headers}\r\n\r\n${body}`

describe('refused by the parser or the app, always as a problem that tells nothing', () => {
  it.each<[string, () => string, number]>([
    ['no HTTP', () => 'hello\r\n\r\n', 400],
    ['an invalid host', () => get('/health').replace('localhost', 'a b'), 400],
    ['a host that holds a path', () => get('/health').replace('localhost', 'x/y@z'), 400],
    ['no host', () => get('/health').replace('Host: localhost\r\n', ''), 400],
    ['two lengths', () => post('Content-Length: 2\r\nContent-Length: 3', '{}'), 400],
    [
      'a length and chunks',
      () => post('Content-Length: 2\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
      400,
    ],
    ['a bad chunk', () => post('Transfer-Encoding: chunked', 'zz\r\n{}\r\n0\r\n\r\n'), 400],
    ['an unknown coding', () => post('Transfer-Encoding: gzip', '{}'), 400],
    ['a space before the colon', () => get('/health', 'X-Test : 1\r\n'), 400],
    ['a line feed alone', () => get('/health', 'X-Test: 1\n X: 2\r\n'), 400],
    ['headers too large', () => get('/health', `X-Test: ${'x'.repeat(20_000)}\r\n`), 431],
    ['an address and headers too large together', () => get(`/?${'x'.repeat(16_384)}`), 431],
    ['an address too long', () => get(`/health?${'x'.repeat(9_000)}`), 414],
    ['two slashes', () => get('//auth/me'), 404],
    ['an encoded slash', () => get('/auth%2fme'), 404],
    ['a backslash', () => get('/auth\\me'), 400],
    ['TRACE', () => get('/auth/me').replace('GET', 'TRACE'), 405],
    ['an unknown expectation', () => get('/health', 'Expect: 200-maybe\r\n'), 417],
    ['an IPv6 host that ends nowhere', () => get('/health').replace('localhost', '[::1'), 400],
    ['an IPv6 host of too many parts', () => withHost('[1:2:3:4:5:6:7:8:9]'), 400],
    ['an IPv6 host that is none', () => withHost('[localhost]'), 400],
    ['an IPv6 host with more behind it', () => withHost('[::1]x'), 400],
    ['an IPv6 host with a wrong port', () => withHost('[::1]:99999'), 400],
    ['an absolute target but no host', () => get('http://x/health').replace(/Host.+\r\n/, ''), 400],
    ['an unknown method', () => get('/auth/me').replace('GET', 'FROB'), 400],
    ['HTTP/2 in plain', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ])('%s', async (_, bytes, status) => {
    const received = await sendRaw(service.port, bytes())
    expect([statusOf(received), received]).toEqual([status, expect.any(String)])
    expect(received.toLowerCase()).toContain('content-type: application/problem+json')
    expect(received.toLowerCase()).toContain('x-content-type-options: nosniff')
    expect(received).not.toMatch(/node_modules|\.ts:|Error:|x-powered-by/i)
  })

  it('CONNECT gets no tunnel', async () => {
    const received = await sendRaw(service.port, 'CONNECT localhost:22 HTTP/1.1\r\nHost: x\r\n\r\n')
    expect([0, 400, 404, 405]).toContain(statusOf(received))
  })

  it('an upgrade is not taken up', async () => {
    const upgrade = get('/auth/me', 'Upgrade: websocket\r\n').replace('close', 'Upgrade')
    expect(statusOf(await sendRaw(service.port, upgrade))).toBe(401)
  })
})

describe('served', () => {
  it.each([
    ['an absolute target', () => get('http://elsewhere.example/health')],
    ['HTTP/1.0', () => get('/health', '', '1.0')],
    ['HTTP/1.0 without a host', () => get('/health', '', '1.0').replace('Host: localhost\r\n', '')],
    ...[
      '[::1]',
      '[::1]:8000',
      '[::1]:',
      '[0:0:0:0:0:0:0:1]',
      '[0000:0000:0000:0000:0000:0000:0000:0001]:8000',
      '[2001:DB8::A]',
      '[::ffff:127.0.0.1]:80',
      '[fe80::1%25eth0]:8000',
      '[fe80::1%eth0]',
    ].map((host): [string, () => string] => [`the host ${host}`, () => withHost(host)]),
    ['a dot segment, resolved before routing', () => get('/auth/../health')],
  ])('%s', async (_, bytes) => {
    expect(statusOf(await sendRaw(service.port, bytes()))).toBe(200)
  })
})

it('hangs up on who never finishes the headers or the body', async () => {
  const unfinished = [
    'GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
    post('Content-Length: 100', '{"user'),
  ]
  const received = await Promise.all(
    unfinished.map((bytes) => sendRaw(service.port, bytes, 40_000)),
  )
  expect(received.map(statusOf)).toEqual([408, 408])
})

it('frees whatever a client held that went away in the middle', async () => {
  // Somebody else, for so many log-ins end a person's older sessions.
  const { username } = await signUpAndIn(service)
  const body = JSON.stringify({ username_or_email: username, password: PASSWORD })
  for (const share of [0.5, 1]) {
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 60 }, async () => {
          const socket = connect(service.port, '127.0.0.1')
          socket.on('error', () => {})
          await new Promise((sent) =>
            socket.write(
              post(`Content-Length: ${body.length}`, body.slice(0, body.length * share)),
              sent,
            ),
          )
          socket.resetAndDestroy()
        }),
      )
    }
  }
  const login = () =>
    service.post('/auth/login', { username_or_email: username, password: PASSWORD })
  const crowd = async () =>
    (await Promise.all(Array.from({ length: 40 }, login))).map(({ status }) => status)
  // What had been begun is finished first: hundreds of hashes.
  await expect.poll(crowd, { timeout: 30_000 }).toEqual(Array(40).fill(200))
})

it.each([
  ['no length', '', ''],
  ['the length 0', 'Content-Length: 0\r\n', ''],
  ['a body that nobody reads', 'Content-Length: 5\r\n', 'stray'],
  ['an empty chunked body', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'],
  ['chunks that nobody reads', 'Transfer-Encoding: chunked\r\n', '5\r\nstray\r\n0\r\n\r\n'],
])(
  'a refresh with %s is answered, and so is what follows on its connection',
  async (_, header, body) => {
    const refresh = `POST /auth/refresh HTTP/1.1\r\nHost: localhost\r\n${header}\r\n${body}`
    const received = await sendRaw(service.port, `${refresh}${refresh}${get('/health')}`)
    expect(received.match(/HTTP\/1\.1 \d{3}/g)).toEqual([
      'HTTP/1.1 401',
      'HTTP/1.1 401',
      'HTTP/1.1 200',
    ])
  },
)

it.each([
  ['no length', ''],
  ['the length 0', 'Content-Length: 0\r\n'],
  ['an empty chunked body', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'],
  ['a media type and no length', 'Content-Type: application/json ;\r\n'],
  ['JSON in another spelling', 'Content-Type: Application/JSON;\r\nContent-Length: 2\r\n', '{}'],
])('a log-out everywhere with %s is done', async (_, header, body = '') => {
  const { tokens } = await signUpAndIn(service)
  const received = await sendRaw(
    service.port,
    `POST /auth/logout-all HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${tokens.access_token}\r\n${header}\r\n${body}`,
  )
  expect(statusOf(received)).toBe(204)
  expect((await service.get('/auth/me', tokens.access_token)).status).toBe(401)
})

it('waits but a moment for the rest of a body that nobody reads', async () => {
  const begun = performance.now()
  const refresh =
    'POST /auth/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\nstray'
  expect(statusOf(await sendRaw(service.port, refresh, 30_000))).toBe(401)
  expect(performance.now() - begun).toBeLessThan(within(5_000))
})

it.each([
  ['no length', 'X-Test: 1'],
  ['the length 0', 'Content-Length: 0'],
])('a log-in with %s is told that its JSON is missing', async (_, header) => {
  expect(await sendRaw(service.port, post(header, ''))).toContain('"malformed_json"')
})

it('asks a client that expects it to continue, and answers it then', async () => {
  const body = JSON.stringify({ username_or_email: subject.username, password: PASSWORD })
  const received = await sendRaw(
    service.port,
    post(`Content-Length: ${body.length}\r\nExpect: 100-continue`, body),
  )
  expect(received).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
})
