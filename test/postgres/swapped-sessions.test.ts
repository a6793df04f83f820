import { sql as text } from 'drizzle-orm'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { failureCode } from '../../src/database/errors.ts'
import type { Connection } from '../../src/database/index.ts'
import { migrate } from '../../src/database/migrate.ts'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'
import { countLogin } from '../../src/features/auth/login/repository.ts'
import { createDatabase } from '../support/app-postgres.ts'

let database: Awaited<ReturnType<typeof createDatabase>>
let connection: Connection
let warned: string[]
beforeEach(async () => {
  database = await createDatabase()
  warned = []
  connection = connectPostgres(database.url, { poolSize: 1, warn: (event) => warned.push(event) })
})
afterEach(async () => {
  await connection.close()
  await database.drop()
})

const ADA = { key: 'ada', client: 'a', pattern: null, tries: '[]' }

const find = () =>
  countLogin.username(connection.db, ADA).then(
    () => 'answered',
    (error: unknown) => failureCode(error),
  )

it('a statement that could not be parsed does not pass for a pooler’s doing', async () => {
  await connection.executor.column('select 1')
  const codes = await Promise.all([find(), find(), find()])
  expect(codes).toContain('42P01')
  expect(warned).toEqual([])
  await migrate(connection.executor)
  expect(await Promise.all([find(), find()])).toEqual(['answered', 'answered'])
})

it('a session that forgot its statements does: it is told once, and nobody waits for it', async () => {
  await migrate(connection.executor)
  for (let round = 0; round < 3; round++) {
    expect(await find()).toBe('answered')
    await connection.db.execute(text`deallocate all`)
    expect(await Promise.all([find(), find()])).toEqual(['answered', 'answered'])
  }
  expect(warned).toEqual(['sessions_are_swapped'])
})
