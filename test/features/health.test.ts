import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { createTestApp } from '../support/runtime.ts'

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
