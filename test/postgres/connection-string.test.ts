import { expect, inject, it } from 'vitest'
import { connectPostgres } from '../../src/database/tcp/postgres.ts'

it('takes a connection string as Neon shows it', async () => {
  const url = `${inject('postgresUrl')}?sslmode=prefer&channel_binding=prefer`
  const { executor, close } = connectPostgres(url)
  expect(await executor.column('SELECT 1')).toEqual([1])
  await close()
})
