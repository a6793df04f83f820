import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { postgresBackend } from '../../dev/neon/postgres-backend.ts'
import { migrate } from '../../src/database/migrate.ts'
import { connectNeon } from '../../src/database/neon.ts'
import { SECRET } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { uniqueName } from '../support/names.ts'
import { startWorkerd } from '../support/workerd.ts'

/** Only the asset knows it. */
const COMMON = 'smokey24'
const WIDTH = 50

let database: Awaited<ReturnType<typeof createDatabase>>
let endpoint: Awaited<ReturnType<typeof startNeonEndpoint>>
let worker: Awaited<ReturnType<typeof startWorkerd>>

beforeAll(async () => {
  database = await createDatabase()
  endpoint = await startNeonEndpoint({ backend: postgresBackend(database.url) })
  await migrate(connectNeon(database.url, { endpoint: endpoint.url }).executor)
  worker = await startWorkerd({
    DATABASE_URL: database.url,
    NEON_HTTP_ENDPOINT: endpoint.url,
    JWT_SECRET_KEY: SECRET,
  })
})
afterAll(async () => {
  await worker.stop()
  await endpoint.close()
  await database.drop()
  expect(worker.output()).not.toMatch(/hung|"internal_error"|uncaught/i)
})

function signup() {
  const username = uniqueName()
  return { username, email: `${username}@example.org`, password: COMMON }
}

/** A client that sends its request and leaves at once. */
async function leaver() {
  const body = JSON.stringify(signup())
  const socket = connect(worker.port, '127.0.0.1')
  const head = `POST /auth/signup HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
  await new Promise((resolve) => socket.write(head + body, resolve))
  socket.destroy()
}

it('many who need the list at once have it, though who began to load it has left', async () => {
  const before = await worker.memory()
  await leaver()
  const answers = await Promise.all(
    Array.from({ length: WIDTH }, () =>
      fetch(`${worker.base}/auth/signup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(signup()),
      }),
    ),
  )
  for (const answer of answers) {
    expect(await answer.json()).toMatchObject({ errors: [{ code: 'too_common' }] })
  }
  expect((await worker.memory()) - before).toBeLessThan(32)
  expect(worker.output()).not.toContain('common_passwords_unavailable')
})
