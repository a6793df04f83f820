import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase } from '../support/app-postgres.ts'
import { type Subject, signUpAndIn } from '../support/faults.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { type Trick, tricksOf } from '../support/path-tricks.ts'
import { sendRaw, statusOf } from '../support/raw-http.ts'

const ID = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
const PATHS: [string, string][] = [
  ['GET', '/admin/settings'],
  ['GET', '/admin/users'],
  ['PATCH', `/admin/users/${ID}`],
  ['PUT', `/admin/users/${ID}/roles/admin`],
]

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess
let user: Subject
let admin: Subject
beforeAll(async () => {
  database = await createDatabase()
  service = await startNode({ DATABASE_URL: database.url })
  user = await signUpAndIn(service)
  admin = await signUpAndIn(service)
  await database.sql.unsafe(`insert into edge_auth.user_roles (user_id, role)
    select id, 'admin' from edge_auth.users where username = '${admin.username}'`)
})
afterAll(async () => {
  await service.kill()
  await database.drop()
})

/** Sends what no client library would, with the target as it is. */
function sendAsIs({ method, target, headers = {} }: Trick, token?: string): Promise<string> {
  const { host = 'localhost', ...others } = headers
  const lines = [
    `${method} ${Buffer.from(target).toString('latin1')} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: close',
    ...Object.entries(others).map(([name, value]) => `${name}: ${value}`),
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
  ]
  return sendRaw(service.port, `${lines.join('\r\n')}\r\n\r\n`)
}

/** Targets that only a request by hand has. */
const rawTricksOf = (path: string, method: string): Trick[] => [
  ...tricksOf(path, method),
  ...['http://localhost', 'http://admin', 'http://a@b:1/..', 'https://x', '//x', 'x:'].map(
    (before) => ({ method, target: before + path }),
  ),
  ...[`*${path}`, path.slice(1), `/..${path}`, `/../..${path}`, `/\t${path}`].map((target) => ({
    ...{ method, target },
  })),
  ...['TRACE', 'CONNECT', 'TRACK', 'SEARCH'].map((other) => ({ method: other, target: path })),
]

describe.each(PATHS)('%s %s, written in whatever way', (method, path) => {
  it('gives nothing to nobody or to a user', async () => {
    const answers = await Promise.all(
      rawTricksOf(path, method).flatMap((trick) =>
        [undefined, user.tokens.access_token].map(async (token) => ({
          trick,
          received: await sendAsIs(trick, token),
        })),
      ),
    )
    for (const { trick, received } of answers) {
      const told = `${JSON.stringify(trick)} ${received}`
      const status = statusOf(received)
      const [head = '', body = ''] = received.split('\r\n\r\n')
      const isPreflight = trick.method === 'OPTIONS' && status === 204
      // What no server understands as HTTP is hung up on.
      expect(received === '' || isPreflight || (status >= 400 && status < 500), told).toBe(true)
      if (isPreflight) expect(body, told).toBe('')
      if (received !== '') expect(head.toLowerCase(), told).toContain('cache-control: no-store')
    }
    expect(answers.length).toBeGreaterThan(200)
    expect(answers.filter(({ received }) => statusOf(received) === 403).length).toBeGreaterThan(10)
    expect(service.output()).not.toMatch(/unhandled|"internal_error"/)
  })
})

it('an admin gets in by the path as it is, and by what leads to the same', async () => {
  const token = admin.tokens.access_token
  for (const target of ['/admin/settings', '/x/../admin/settings', 'http://x/admin/settings']) {
    expect(statusOf(await sendAsIs({ method: 'GET', target }, token)), target).toBe(200)
  }
})
