import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { drizzleOver } from '../../src/database/drizzle.ts'
import type { Sent } from '../../src/database/send.ts'
import { createPostgresTestApp, type PostgresTestApp } from '../support/app-postgres.ts'
import { shuffled } from '../support/shuffled.ts'

const PEOPLE = 16
const ROUNDS = 20

let t: PostgresTestApp
let wild: PostgresTestApp
let pool: pg.Pool
let shuffles: () => number
let isShuffling = false

beforeAll(async () => {
  t = await createPostgresTestApp()
  pool = new pg.Pool({ connectionString: t.url, max: 4 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const direct = ({ text, params: values }: Sent) =>
    pool.query<unknown[]>({ text, values, rowMode: 'array' })
  const wildly = shuffled(direct)
  shuffles = wildly.shuffles
  const road = drizzleOver((sent) => (isShuffling ? wildly.send(sent) : direct(sent)))
  wild = await createPostgresTestApp({ deps: { db: road.db, clock: road.clock } })
})
afterAll(async () => {
  await pool.end()
  await wild.close()
  await t.close()
})

it('gives nobody what was found for another, whatever the driver mixes up', async () => {
  const people = await Promise.all(
    Array.from({ length: PEOPLE }, async () => {
      const person = await t.signup()
      return { ...person, tokens: await t.login(person) }
    }),
  )
  const seen = new Map<number, number>()
  const count = (status: number) => seen.set(status, (seen.get(status) ?? 0) + 1)
  isShuffling = true
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      people.map(async (person) => {
        const me = await wild.get('/auth/me', person.tokens.access_token)
        count(me.status)
        if (me.status === 200) expect((await me.json()).username).toBe(person.username)
        else expect(me.status).toBe(503)

        const list = await wild.get('/auth/sessions', person.tokens.access_token)
        if (list.status === 200) {
          const { sessions } = await list.json()
          expect(sessions.filter(({ current }: { current: boolean }) => current)).toHaveLength(1)
        } else expect(list.status).toBe(503)

        const login = await wild.post('/auth/login', {
          username_or_email: person.email,
          password: person.password,
        })
        expect([200, 503]).toContain(login.status)
        if (login.status === 200) {
          const { access_token } = await login.json()
          await t.post('/auth/logout', {}, access_token)
        }
      }),
    )
  }
  isShuffling = false
  // It did happen, and it was seen.
  expect(shuffles()).toBeGreaterThan(PEOPLE)
  expect(seen.get(503)).toBeGreaterThan(0)
  for (const { tokens, username } of people) {
    expect((await (await t.get('/auth/me', tokens.access_token)).json()).username).toBe(username)
  }
})
