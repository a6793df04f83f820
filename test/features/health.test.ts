import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp, isWorkers } from '../support/runtime.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

it('/health answers without the database', async () => {
  const trips = await t.roundTrips(async () => {
    const answer = await t.get('/health')
    expect([answer.status, await answer.text()]).toEqual([200, '{"status":"ok"}'])
  })
  expect(trips).toBe(0)
})

it('/health/ready asks the database, once', async () => {
  const trips = await t.roundTrips(async () => {
    const answer = await t.get('/health/ready')
    expect([answer.status, await answer.text()]).toEqual([200, '{"status":"ok"}'])
  })
  expect(trips).toBe(1)
})

it('HEAD is GET without a body', async () => {
  for (const path of ['/health', '/health/ready', '/openapi.json']) {
    const answer = await t.request(path, { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  }
})

// On Workers all files share one database, whose schema others need.
it.skipIf(isWorkers).each([
  ['of an older version', `update drizzle.__drizzle_migrations set created_at = created_at - 1`],
  ['with no migration', 'delete from drizzle.__drizzle_migrations'],
  ['with no tables', 'drop schema drizzle cascade'],
])('/health/ready refuses a schema %s and says what to do', async (_what, statement) => {
  const old = await createTestApp()
  await old.column(statement)
  const answer = await old.get('/health/ready')
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
  const { detail } = await expectProblem(answer, 'service_unavailable')
  expect(detail).toContain('db:migrate')
  expect((await old.get('/health')).status).toBe(200)
  await old.close()
})
