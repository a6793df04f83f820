import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Person } from '../support/app.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'
import { slowness, within } from '../support/patience.ts'

const LOCKED_MILLISECONDS = 2_500
const OTHERS = 8

let t: PostgresTestApp
let locked: Person & { id: string }
let others: Person[]
beforeAll(async () => {
  t = await createPostgresTestApp({ env: { MAX_SESSIONS_PER_USER: '1000' } })
  locked = await t.signup()
  others = await Promise.all(Array.from({ length: OTHERS }, () => t.signup()))
})
afterAll(() => t.close())

const login = ({ username, password }: Person) =>
  t.post('/auth/login', { username_or_email: username, password })

/** How many log-ins the others get through in so long, and the slowest of them. */
async function loginsOfOthers(milliseconds: number) {
  const until = performance.now() + milliseconds
  let count = 0
  let slowest = 0
  const lane = async (person: Person) => {
    while (performance.now() < until) {
      const startedAt = performance.now()
      expect((await login(person)).status).toBe(200)
      slowest = Math.max(slowest, performance.now() - startedAt)
      count++
    }
  }
  await Promise.all(others.map(lane))
  return { count, slowest }
}

it('holds up its own user only, however many of his log-ins wait for it', async () => {
  await loginsOfOthers(500)
  const free = await loginsOfOthers(LOCKED_MILLISECONDS)
  let waiting: Promise<Response>[] = []
  const beside = await t.sql.begin(async (holder) => {
    await holder`select 1 from users where id = ${locked.id} for update`
    waiting = Array.from({ length: 40 }, () => login(locked))
    return loginsOfOthers(LOCKED_MILLISECONDS)
  })
  expect(beside.slowest).toBeLessThan(within(2_000))
  expect(beside.count).toBeGreaterThan(free.count / 3 / slowness())
  // And as soon as the row is free, so are they.
  const statuses = (await Promise.all(waiting)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(40)
})
