import { Socket } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterEach, expect, inject, it, vi } from 'vitest'
import { afterSending } from '../../src/adapters/after-sending-node.ts'
import { connectPostgres } from '../../src/database/postgres.ts'

afterEach(() => vi.restoreAllMocks())

it('what waits for a statement to be sent begins when it was written, and before it is answered', async () => {
  const { db, close } = connectPostgres(inject('postgresUrl'))
  await db.execute(sql`select 1`)
  const write = vi.spyOn(Socket.prototype, 'write')
  let isAnswered = false
  const answered = db.execute(sql`select pg_sleep(0.1)`).then(() => {
    isAnswered = true
  })
  const seen = await afterSending(async () => ({ writes: write.mock.calls.length, isAnswered }))
  expect(seen).toEqual({ writes: 1, isAnswered: false })
  await answered
  await close()
})
