import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import { expectHealed, expectRefusals, type Subject, signUpAndIn } from '../support/faults.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { within } from '../support/patience.ts'
import { createPostgresServer } from '../support/postgres-server.ts'

let postgres: Awaited<ReturnType<typeof createPostgresServer>>
let service: NodeProcess
let subject: Subject

beforeAll(async () => {
  postgres = await createPostgresServer()
  service = await startNode({ DATABASE_URL: postgres.url })
  subject = await signUpAndIn(service)
})
afterAll(async () => {
  await service.kill()
  await postgres.server.stop()
  await postgres.remove()
})

async function killServer() {
  const [pid] = (await readFile(join(postgres.data, 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
}

it.each(['stopped', 'killed'])('survives a server that is %s under load', async (how) => {
  onTestFailed(() => console.error(service.output()))
  let going = true
  const seen = new Map<number, number>()
  const known: string[] = []
  const lane = async () => {
    while (going) {
      const name = `l${crypto.randomUUID().slice(0, 13)}`
      const person = { username: name, email: `${name}@example.org`, password: PASSWORD }
      const answers = await Promise.all([
        service.get('/auth/me', subject.tokens.access_token),
        service.post('/auth/signup', person),
      ])
      if (answers[1].status === 201) known.push(name)
      for (const { status } of answers) seen.set(status, (seen.get(status) ?? 0) + 1)
    }
  }
  const lanes = Promise.all(Array.from({ length: 4 }, lane))
  await expect.poll(() => known.length).toBeGreaterThan(3)
  if (how === 'killed') await killServer()
  await postgres.server.stop()
  await expectRefusals(service, subject, 4_000)
  await postgres.server.start()
  const startedAt = performance.now()
  await expectHealed(service, subject)
  // Alone within two seconds (bench -- --faults); here other suites run beside it.
  expect(performance.now() - startedAt).toBeLessThan(within(4_000))
  const before = known.length
  await expect.poll(() => known.length).toBeGreaterThan(before + 3)
  going = false
  await lanes

  expect([...seen.keys()].sort()).toEqual([200, 201, 503])
  expect(service.child.exitCode).toBe(null)
  expect(service.output()).not.toMatch(/unhandled/)
  const last = await service.post('/auth/login', {
    username_or_email: known[before - 1],
    password: PASSWORD,
  })
  expect(last.status).toBe(200)
})
