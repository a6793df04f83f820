import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { createDatabase } from '../support/app-postgres.ts'
import { buildElsewhere } from '../support/built-node.ts'
import { startNode } from '../support/node-process.ts'

// Builds, and makes a database, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let database: Awaited<ReturnType<typeof createDatabase>>
let built: Awaited<ReturnType<typeof buildElsewhere>>
beforeAll(async () => {
  ;[database, built] = await Promise.all([createDatabase(), buildElsewhere()])
})
afterAll(() => Promise.all([database.drop(), built.remove()]))

it('a build migrates and serves a Postgres with no package beside it, and says that it hashes slowly', async () => {
  const { folder, place, command } = built
  const env = { NODE_ENV: 'production', DATABASE_URL: database.url }
  const { stdout } = await command([join(folder, 'migrate.js')], env)
  expect(stdout).toMatch(/^Applied \d+ migration/)

  const service = await startNode(env, { program: join(folder, 'server.js'), cwd: place })
  try {
    const person = { username: 'ada', email: 'ada@example.org', password: PASSWORD }
    expect((await service.post('/auth/signup', person)).status).toBe(201)
    const login = { username_or_email: 'ada', password: PASSWORD }
    expect((await service.post('/auth/login', login)).status).toBe(200)
    const wrong = { ...login, password: `${PASSWORD}.` }
    expect((await service.post('/auth/login', wrong)).status).toBe(401)
    await expect.poll(service.output).toContain('"event":"argon2_fallback"')
  } finally {
    await service.kill()
  }
})
