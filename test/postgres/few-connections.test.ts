import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  createDatabase,
  createPostgresTestApp,
  type PostgresTestApp,
} from '../support/app-postgres.ts'
import { ROLES } from '../support/postgres-server.ts'

const LIMIT = 3
const PEOPLE = 30

let owner: Awaited<ReturnType<typeof createDatabase>>
let t: PostgresTestApp
beforeAll(async () => {
  owner = await createDatabase()
  await owner.admin.unsafe(
    `create role ${owner.name} login password 'few' connection limit ${LIMIT} in role ${ROLES.runtime}`,
  )
  const through = (url: string) =>
    Object.assign(new URL(url), { username: owner.name, password: 'few' }).href
  t = await createPostgresTestApp({
    through,
    connect: { poolSize: 5 },
  })
})
afterAll(async () => {
  await t.close()
  await owner.admin.unsafe(`drop role ${owner.name}`)
  await owner.drop()
})

it('serves everybody by the connections it gets, though it would open more', async () => {
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => t.signup()))
  const tokens = await Promise.all(people.map((person) => t.login(person)))
  const statuses = await Promise.all(
    tokens.map(async ({ access_token, refresh_token }) => [
      (await t.get('/auth/me', access_token)).status,
      (await t.refresh(refresh_token)).status,
    ]),
  )
  expect(statuses).toEqual(Array(PEOPLE).fill([200, 200]))
  const [row] = await t.sql<[{ count: number }]>`
    select count(*)::int as count from pg_stat_activity where usename = ${owner.name}`
  expect(row.count).toBe(LIMIT)
})
