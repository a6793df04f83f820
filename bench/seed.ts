// Fills a database that has the service's tables but no users: `DATABASE_URL=postgres://… node bench/seed.ts --users
// 1000000`.

import { parseArgs } from 'node:util'
import { migrate } from '../src/database/migrate.ts'
import { connectPostgres } from '../src/database/tcp/postgres.ts'
import { PASSWORD, seed, usernameOf } from './support/seeding.ts'

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '10000' },
    url: { type: 'string', default: process.env.DATABASE_URL ?? '' },
  },
})
const users = Number(values.users)

async function main(): Promise<void> {
  if (!Number.isInteger(users) || users < 1 || users > 9_999_999) {
    throw new Error('--users must be a number from 1 to 9999999')
  }
  if (values.url === '') throw new Error('Name the database: --url or DATABASE_URL')
  const { executor, close } = connectPostgres(values.url)
  await migrate(executor)
  const [isTaken] = await executor.column('select exists (select from edge_auth.users)')
  await close()
  if (isTaken) throw new Error('This database has users already; seed an empty one.')

  const startedAt = performance.now()
  await seed(values.url, users)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(
    `${users} users, ${usernameOf(1)} to ${usernameOf(users)}, with a session each, in ${seconds} s`,
  )
  console.log(`Everybody's password: ${PASSWORD}`)
}

await main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
