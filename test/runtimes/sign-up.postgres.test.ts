import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startNeonEndpoint } from '../../dev/neon/endpoint.ts'
import { postgresBackend } from '../../dev/neon/postgres-backend.ts'
import { migrate } from '../../src/database/migrate.ts'
import { connectNeon } from '../../src/database/neon.ts'
import { PASSWORD, SECRET } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { uniqueName } from '../support/names.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { askedAbout, humanToken, robotToken, withTurnstile } from '../support/turnstile.ts'
import { startWorkerd } from '../support/workerd.ts'

/** Both services over one database, each as it is deployed. */
let database: Awaited<ReturnType<typeof createDatabase>>
let endpoint: Awaited<ReturnType<typeof startNeonEndpoint>>
let worker: Awaited<ReturnType<typeof startWorkerd>>
let node: NodeProcess

beforeAll(async () => {
  database = await createDatabase()
  endpoint = await startNeonEndpoint({ backend: postgresBackend(database.url) })
  await migrate(connectNeon(database.url, { endpoint: endpoint.url }).executor)
  const env = {
    ...{ DATABASE_URL: database.url, JWT_SECRET_KEY: SECRET },
    ...{ SIGNUP: 'invite', SIGNUP_ALLOWED_DOMAINS: 'example.org', ...withTurnstile() },
  }
  node = await startNode(env)
  worker = await startWorkerd({ ...env, NEON_HTTP_ENDPOINT: endpoint.url })
})
afterAll(async () => {
  await node.kill()
  await worker.stop()
  await endpoint.close()
  await database.drop()
})

/** As an operator issues one, whichever service it is for. */
async function invitation(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['tools/invite.ts'], {
    env: { PATH: process.env.PATH, DATABASE_URL: database.url, JWT_SECRET_KEY: SECRET },
  })
  return stdout.trim()
}

const baseOf = { node: () => node.base, worker: () => worker.base }

function signup(at: keyof typeof baseOf, extra: object, domain = 'example.org') {
  const username = uniqueName('s')
  const person = { username, email: `${username}@${domain}`, password: PASSWORD }
  return fetch(`${baseOf[at]()}/auth/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...person, ...extra }),
  })
}

it.each([
  ['node', 'worker'],
  ['worker', 'node'],
] as const)(
  '%s asks for invitation, domain and person, and what it used the %s does not take',
  async (one, other) => {
    expect(await refusedFields(await signup(one, {}, 'example.com'))).toEqual([
      '/email domain_not_allowed',
      '/invitation required',
      '/turnstile_token required',
    ])
    const token = await invitation()
    const robot = await signup(one, { invitation: token, turnstile_token: robotToken() })
    expect(await refusedFields(robot)).toEqual(['/turnstile_token challenge_failed'])

    const human = humanToken()
    const answer = await signup(one, { invitation: token, turnstile_token: human })
    expect(answer.status).toBe(201)
    expect(await askedAbout(human)).toMatchObject([{ response: human }])

    const again = await signup(other, { invitation: token, turnstile_token: humanToken() })
    await expectProblem(again, 'one_time_token_invalid')
  },
)
