import { sql } from 'drizzle-orm'
import { expect, inject, it } from 'vitest'
import { connectNeon } from '../../src/database/neon.ts'

it('a redirect of the endpoint is not followed, for it would carry the password along', async () => {
  const endpoint = inject('redirectingEndpoint')
  const { db } = connectNeon(inject('neonDatabaseUrl'), { endpoint })
  await expect(db.execute(sql`select 1`)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('HTTP status 307') },
  })
  expect(await (await fetch(endpoint)).text()).toBe('0')
})
