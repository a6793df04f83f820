import { expect, it } from 'vitest'
import { createNodeTestApp } from '../support/app-node.ts'
import { expectProblem } from '../support/problems.ts'

it.each([
  ['of an older version', `update drizzle.__drizzle_migrations set created_at = created_at - 1`],
  ['with no migration', 'delete from drizzle.__drizzle_migrations'],
  ['with no tables', 'drop schema drizzle cascade'],
])('/health/ready refuses a schema %s and says what to do', async (_what, statement) => {
  const old = await createNodeTestApp()
  await old.column(statement)
  const answer = await old.get('/health/ready')
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
  const { detail } = await expectProblem(answer, 'service_unavailable')
  expect(detail).toContain('db:migrate')
  expect((await old.get('/health')).status).toBe(200)
  await old.close()
})
