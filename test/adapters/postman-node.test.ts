import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { createPostman } from '../../src/adapters/postman-node.ts'
import { deliverMails } from '../../src/core/outbox/deliver.ts'
import type { TestApp } from '../support/app.ts'
import { createNodeTestApp } from '../support/app-node.ts'
import { silent } from '../support/logger.ts'

let t: TestApp
beforeAll(async () => {
  t = await createNodeTestApp()
})
afterAll(() => t.close())
afterEach(() => {
  vi.useRealTimers()
})

it('sends what is in hand when it is closed, and begins with no more', async () => {
  for (let people = 0; people < 15; people++) await t.signup()
  const [inHand, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const sent: string[] = []
  const send = async ({ id }: { id: string }) => {
    inHand.resolve()
    await released.promise
    sent.push(id)
  }
  const deps = { ...t.deps, mailer: { send, keepsMails: false } }
  const postman = createPostman((isOver) => deliverMails(deps, isOver), silent)
  postman.wake()
  await inHand.promise
  const closed = postman.close()
  released.resolve()
  await closed
  expect(sent).toHaveLength(10)
  expect(await t.column('select id from edge_auth.outbox where attempts = 0')).toHaveLength(5)
  expect(await t.column('select id from edge_auth.outbox where attempts > 0')).toEqual([])
})

it('looks once more after a long delivery, however often it was woken meanwhile', async () => {
  vi.useFakeTimers()
  const first = Promise.withResolvers<undefined>()
  let looks = 0
  const postman = createPostman(async () => (++looks === 1 ? first.promise : undefined), silent)
  for (let woken = 0; woken < 50; woken++) {
    postman.wake()
    await vi.advanceTimersByTimeAsync(300)
  }
  expect(looks).toBe(1)
  first.resolve(undefined)
  await vi.advanceTimersByTimeAsync(300)
  expect(looks).toBe(2)
  await postman.close()
})
