import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventsOf } from '../support/acting.ts'
import { createPostgresTestApp, type PostgresTestApp, statuses } from '../support/app-postgres.ts'
import { withTotp } from '../support/enrolled.ts'
import { sidOf } from '../support/sessions.ts'

const ROUNDS = 5

let t: PostgresTestApp
beforeAll(async () => {
  t = await createPostgresTestApp()
})
afterAll(() => t.close())

type Enrolled = Awaited<ReturnType<typeof withTotp>>

const PROOFS: [string, (of: Enrolled) => Promise<object>][] = [
  ['code', async ({ code }) => ({ totp_code: await code() })],
  ['recovery code', async ({ recoveryCode: recovery_code }) => ({ recovery_code })],
]

it.each(PROOFS)('of twenty that prove the same %s at once one is raised', async (_, proofOf) => {
  for (let round = 0; round < ROUNDS; round++) {
    const enrolled = await withTotp(t)
    const { person, tokens, token } = enrolled
    const proof = await proofOf(enrolled)
    const answers = await statuses(
      Array.from({ length: 20 }, () => t.post('/auth/reauth', proof, token)),
    )
    // The others were too late, or too many for one account.
    expect(answers.filter((status) => status === 200)).toHaveLength(1)
    expect(answers.filter((status) => status !== 200 && status !== 401 && status !== 429)).toEqual(
      [],
    )
    const [session] = await t.sql<{ generation: number }[]>`
      select generation from sessions where id = ${sidOf(tokens)}`
    expect(session?.generation).toBe(1)
    const events = await eventsOf(t, person.id)
    expect(events.filter((event) => event === 'session_stepped_up')).toHaveLength(1)
  }
})
