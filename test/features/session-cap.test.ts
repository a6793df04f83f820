import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { uniqueName } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, type Pair, personWith, setSession } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

it('a user has at most so many sessions; the oldest ends', async () => {
  const capped = await t.beside({ env: { MAX_SESSIONS_PER_USER: '3' } })
  const { person, sessions } = await personWith(capped, 3)
  const { sessions: strangers } = await personWith(capped, 1)
  const [first, second, third] = sessions as [Pair, Pair, Pair]
  await setSession(capped, first, `created_at = now() - interval '2 hours'`)
  await setSession(capped, second, `created_at = now() - interval '1 hour'`)
  const fourth = await capped.login(person)
  await expectDead(capped, first)
  for (const pair of [second, third, fourth, strangers[0]]) await expectAlive(capped, pair)
  // A log-in that fails ends nothing.
  const wrong = { username_or_email: person.username, password: uniqueName() }
  await expectProblem(await capped.post('/auth/login', wrong), 'invalid_credentials')
  await expectAlive(capped, second)
  const many = await Promise.all(Array.from({ length: 4 }, () => capped.login(person)))
  const answers = await Promise.all(many.map((pair) => capped.get('/auth/me', pair.access_token)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
  await expectDead(capped, fourth)
})

it.each([
  ['revoked', 'revoked_at = now()'],
  ['idle too long', `idle_expires_at = now() - interval '1 second'`],
  ['of an older epoch', 'epoch = epoch - 1'],
])('a session that is %s takes no place of a live one', async (_what, end) => {
  const capped = await t.beside({ env: { MAX_SESSIONS_PER_USER: '2' } })
  const { person, sessions } = await personWith(capped, 2)
  const [eldest, ended] = sessions as [Pair, Pair]
  await setSession(capped, eldest, `created_at = now() - interval '1 hour'`)
  await setSession(capped, ended, end)
  await expectDead(capped, ended)
  const newest = await capped.login(person)
  for (const pair of [eldest, newest]) await expectAlive(capped, pair)
})
