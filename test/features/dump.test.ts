import { afterAll, beforeAll, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { tokenOf, tokenTo } from '../support/links.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { personWith, setUser } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const TABLES = ['users', 'credentials', 'sessions', 'one_time_tokens', 'outbox']
const NEW = 'another horse, another battery'

/** Where a token of each purpose would be used. */
const USES: [string, object][] = [
  ['/auth/email/verify', {}],
  ['/auth/password/reset', { new_password: NEW }],
  ['/auth/email/confirm', {}],
  ['/auth/email/undo', {}],
]

/** All that a copy of the database holds of somebody, as text. */
async function dumpOf(userId: string): Promise<string> {
  const rows = await Promise.all(
    TABLES.map((table) =>
      t.column(`select to_jsonb(it)::text from edge_auth.${table} it
        where to_jsonb(it)::text like '%${userId}%'`),
    ),
  )
  return rows.flat().join('\n')
}

it('nothing in a copy of the database that was made in the middle of every flow works as a token', async () => {
  const { person, sessions } = await personWith(t, 1)
  const [{ access_token }] = sessions
  const ask = (new_email: string) =>
    t.post('/auth/email', { new_email, current_password: PASSWORD }, access_token)
  const second = `d${crypto.randomUUID().slice(0, 8)}@example.net`
  await setUser(t, person, 'email_verified_at = now()')
  await ask(second)
  await t.post('/auth/email/confirm', { token: await tokenTo(t, second, '/confirm-email') })
  await ask(person.email)
  await t.post('/auth/password/forgot', { email: second })

  // Before the mails are sent, and after.
  for (const delivers of [false, true]) {
    if (delivers) await t.deliver()
    const dump = await dumpOf(person.id)
    expect(dump).toMatch(/undo_email_change/)
    expect(dump).toMatch(/reset_password/)
    expect(dump).toMatch(/confirm_email/)
    const words = new Set(dump.match(/[\w$+/=,.:-]{8,}/g))
    expect(words.size).toBeGreaterThan(10)
    for (const word of words) {
      for (const [path, more] of USES) {
        const answer = await t.post(path, { token: word, ...more })
        expect(answer.status, `${path} ${word}`).toBe(400)
      }
    }
  }

  // What was in the mails is in no row, not even in part; and works, so that all of the above was worth trying.
  const mails = [...(await t.mailsTo(second)), ...(await t.mailsTo(person.email))]
  const signatures = mails
    .filter(({ links }) => links.length > 0)
    .map((mail) => tokenOf(mail).split('.')[1] ?? '')
  expect(signatures.length).toBeGreaterThan(3)
  const dump = await dumpOf(person.id)
  for (const signature of signatures) expect(dump).not.toContain(signature.slice(0, 12))
  const reset = await tokenTo(t, second, '/reset-password')
  expect((await t.post('/auth/password/reset', { token: reset, new_password: NEW })).status).toBe(
    204,
  )
})

it('nor do tokens that somebody makes from the rows with a key of their own', async () => {
  const person = await t.signup()
  const other = await t.beside({
    env: { JWT_SECRET_KEY: 'another-key-that-nobody-else-has-0123456789' },
  })
  const [id] = await t.column(
    `select id::text from edge_auth.one_time_tokens where user_id = '${person.id}'`,
  )
  const ref = { id: String(id), userId: person.id }
  const token = await other.deps.oneTimeTokens.mint('verify_email', ref)
  await expectProblem(await t.post('/auth/email/verify', { token }), 'one_time_token_invalid')
  const real = await t.deps.oneTimeTokens.mint('verify_email', ref)
  expect((await t.post('/auth/email/verify', { token: real })).status).toBe(204)
})
