import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDatabase } from '../support/app-postgres.ts'
import { signUpAndIn } from '../support/faults.ts'
import { startSmtpServer } from '../support/mail-servers.ts'
import { startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

let database: Awaited<ReturnType<typeof createDatabase>>
let proxy: Awaited<ReturnType<typeof startTcpProxy>>
const left: Socket[] = []
const started: Awaited<ReturnType<typeof startNode>>[] = []

beforeAll(async () => {
  database = await createDatabase()
  const { hostname, port } = new URL(database.url)
  proxy = await startTcpProxy({ host: hostname, port: Number(port) })
})
afterAll(async () => {
  for (const socket of left) socket.destroy()
  for (const service of started) await service.kill()
  proxy.close()
  await database.drop()
})

async function start(env: Record<string, string> = {}) {
  const url = Object.assign(new URL(database.url), { host: `127.0.0.1:${proxy.port}` })
  const service = await startNode({ DATABASE_URL: url.href, ...env })
  started.push(service)
  return service
}

const mailsTo = (smtpUrl: string) => ({
  SMTP_URL: smtpUrl,
  MAIL_FROM: 'Example App <no-reply@example.org>',
  PUBLIC_URL: 'https://auth.example.org',
})

it.each<[NodeJS.Signals, NodeJS.Signals | undefined]>([
  ['SIGTERM', undefined],
  ['SIGINT', undefined],
  ['SIGTERM', 'SIGINT'],
])(
  'answers what it has taken before %s ends it, whether or not %s follows',
  async (signal, another) => {
    const service = await start()
    const { tokens } = await signUpAndIn(service)
    let answers: Promise<number[]> | undefined
    await database.sql.begin(async (holder) => {
      await holder`select 1 from sessions for update`
      const waiting = Array.from({ length: 5 }, () => service.refresh(tokens.refresh_token))
      await expect
        .poll(async () => {
          const [row] = await database.sql`select count(*)::int as count from pg_stat_activity
          where datname = ${database.name} and wait_event_type = 'Lock'`
          return row?.count
        })
        .toBe(1)
      service.child.kill(signal)
      answers = Promise.all(waiting.map(async (answer) => (await answer).status))
      await expect
        .poll(() =>
          service.get('/health').then(
            () => 'taken',
            () => 'refused',
          ),
        )
        .toBe('refused')
      if (another) service.child.kill(another)
    })
    expect(await answers).toEqual(Array(5).fill(200))
    expect(await service.exited).toEqual({ code: 0, signal: null })
  },
)

it.each([
  { what: 'all clients read', isRead: true, isMailed: true },
  { what: 'a client does not read', isRead: false, isMailed: true },
  { what: 'a client does not read, nor a mail server speak', isRead: false, isMailed: false },
])(
  'ends within ten seconds though the database does not answer and $what',
  async ({ isRead, isMailed }) => {
    const smtp = await startSmtpServer()
    await smtp.behave('hang')
    const service = await start(isMailed ? {} : mailsTo(smtp.url))
    if (!isRead) {
      const bundle =
        'GET /docs/swagger-ui-dist/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n'
      const socket = connect(service.port, '127.0.0.1')
        .on('error', () => {})
        .pause()
      left.push(socket)
      await new Promise((sent) => socket.write(bundle.repeat(10), sent))
    }
    const { tokens } = await signUpAndIn(service)
    if (!isMailed) await expect.poll(smtp.attempts).toBeGreaterThan(0)
    proxy.set('hang')
    const waiting = service.get('/auth/me', tokens.access_token)
    await expect.poll(proxy.swallowed).toBeGreaterThan(0)
    const startedAt = performance.now()
    service.child.kill('SIGTERM')
    expect((await waiting).status).toBe(503)
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(performance.now() - startedAt).toBeLessThan(within(10_000))
    proxy.set('pass')
    await smtp.close()
  },
)
