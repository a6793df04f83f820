import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createDatabase } from '../support/app-postgres.ts'
import { uniqueName } from '../support/names.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { freePort } from '../support/ports.ts'
import { statusOf } from '../support/raw-http.ts'

const JSON_TYPE = 'Content-Type: application/json'
const TOKEN = '9f3a7c1e5b2d8f6a4c0e7b9d1f3a5c7e'

let database: Awaited<ReturnType<typeof createDatabase>>
let service: NodeProcess | undefined
beforeAll(async () => {
  database = await createDatabase()
})
afterEach(async () => {
  await service?.kill()
  service = undefined
})
afterAll(() => database.drop())

async function start(env: Record<string, string> = {}): Promise<NodeProcess> {
  service = await startNode({ DATABASE_URL: database.url, ...env })
  return service
}
const urlIn = ({ output }: NodeProcess) => /^Metrics are here: (\S+)$/m.exec(output())?.[1] ?? ''

it('shows metrics at a port of their own, to the bearer of the token, until it stops', async () => {
  const started = await start({ METRICS_PORT: '0', METRICS_TOKEN: TOKEN })
  const { output, post, get, child, exited, base, port } = started
  const url = urlIn(started)
  const login = { username_or_email: uniqueName(), password: 'hunter2 and so on' }
  expect((await post('/auth/login', login)).status).toBe(401)
  expect((await fetch(url)).status).toBe(401)
  const answer = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })
  const text = await answer.text()
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'edge_auth_http_requests_total{method="POST",route="/auth/login",status="401"} 1',
      'edge_auth_log_ins_total{outcome="unknown_account"} 1',
      'edge_auth_log_events_total{event="credential_refused"} 1',
      'edge_auth_password_hashes{state="running"} 0',
      'edge_auth_database_connections_max 10',
      expect.stringMatching(/^edge_auth_database_connections [1-9]$/),
      expect.stringMatching(/^process_resident_memory_bytes \d+$/),
    ]),
  )
  expect(text).not.toContain(login.username_or_email)
  // The service's own port knows nothing of them.
  expect((await fetch(`${base}/metrics`)).status).toBe(404)
  // A request that is on its way keeps the service at work, and the metrics are gone all the same.
  const atWork = connect(port, '127.0.0.1')
  atWork.write(
    `POST /auth/login HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}\r\nContent-Length: 2\r\n\r\n{`,
  )
  expect((await get('/health')).status).toBe(200)
  child.kill('SIGTERM')
  await expect.poll(() => fetch(url).catch(() => 'gone')).toBe('gone')
  atWork.write('}')
  expect(statusOf(String(await once(atWork, 'data')))).toBe(422)
  atWork.end()
  expect(await exited).toEqual({ code: 0, signal: null })
  expect(output()).not.toContain(TOKEN)
})

it('shows none, and opens no port, where nobody asks for it', async () => {
  const { output, get } = await start()
  expect(output()).not.toMatch(/metrics/i)
  expect((await get('/metrics')).status).toBe(404)
})

it('does not start where the port is taken, and says so', async () => {
  const port = String(await freePort())
  await start({ METRICS_PORT: port })
  const second = startNode({ DATABASE_URL: database.url, METRICS_PORT: port })
  const message = await second.then(
    ({ kill }) => kill(),
    (error: Error) => error.message,
  )
  expect(message).toContain(`METRICS_PORT: cannot listen on port ${port} of 127.0.0.1: EADDRINUSE`)
  expect(message).not.toContain('    at ')
})
