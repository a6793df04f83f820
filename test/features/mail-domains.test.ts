import { afterAll, beforeAll, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { subjectsTo } from '../support/links.ts'
import { uniqueName } from '../support/names.ts'
import { refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

let base: TestApp
let t: TestApp
beforeAll(async () => {
  base = await createTestApp()
  const env = { SIGNUP_ALLOWED_DOMAINS: 'example.org', SIGNUP_BLOCKED_DOMAINS: 'no.example.org' }
  t = await base.beside({ env })
})
afterAll(() => base.close())

const at = (domain: string) => {
  const username = uniqueName('d')
  return { username, email: `${username}@${domain}`, password: PASSWORD }
}

it.each(['example.org', 'EXAMPLE.org', 'mail.example.org'])('%s may sign up', async (domain) => {
  expect((await t.post('/auth/signup', at(domain))).status).toBe(201)
})

it.each(['example.com', 'badexample.org', 'no.example.org', 'x.NO.example.org'])(
  '%s may not, and nothing is asked of the database',
  async (domain) => {
    const trips = await t.roundTrips(async () => {
      const answer = await t.post('/auth/signup', at(domain))
      expect(await refusedFields(answer)).toEqual(['/email domain_not_allowed'])
    })
    expect(trips).toBe(0)
  },
)

it('an email is not changed to one of a domain that may not', async () => {
  const person = await base.signup()
  const { access_token } = await t.login(person)
  const change = (new_email: string) =>
    t.post('/auth/email', { new_email, current_password: PASSWORD }, access_token)
  const [refused, allowed] = [at('no.example.org').email, at('mail.example.org').email]
  expect(await refusedFields(await change(refused))).toEqual(['/new_email domain_not_allowed'])
  expect(await subjectsTo(t, refused)).toEqual([])
  expect((await change(allowed)).status).toBe(202)
  expect(await subjectsTo(t, allowed)).toHaveLength(1)
})

it('an account of before goes on, whatever its domain is', async () => {
  const person = at('example.com')
  expect((await base.post('/auth/signup', person)).status).toBe(201)
  const { access_token } = await t.login(person)
  expect((await t.get('/auth/me', access_token)).status).toBe(200)
})
