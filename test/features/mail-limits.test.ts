import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { limitsOf } from '../support/limits.ts'
import { tokenOf } from '../support/links.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { newAddress, post, refusedBy, tries } from '../support/tries.ts'

const NEW = 'another horse, another battery'

let base: TestApp
beforeAll(async () => {
  base = await createTestApp()
})
afterAll(() => base.close())

const appWith = (counts: Parameters<typeof limitsOf>[0]) =>
  base.beside({ env: { RATE_LIMITS: limitsOf(counts) } })

describe('mails to one address', () => {
  it('are so many of a kind, whether there is an account or not', async () => {
    const t = await appWith({ mail_address: 2 })
    const person = await t.signup()
    const nobody = `nobody-${crypto.randomUUID()}@example.org`
    for (const email of [person.email, nobody]) {
      const ask = () => post(t, '/auth/password/forgot', { email })
      expect(await tries(4, ask)).toEqual([202, 202, 429, 429])
      expect(await refusedBy(await ask())).toBe('mail_address')
      expect((await post(t, '/auth/email/verification', { email })).status).toBe(202)
    }
    const subjects = (await t.mailsTo(person.email)).filter(({ subject }) =>
      /password/i.test(subject),
    )
    expect(subjects.length).toBeLessThanOrEqual(2)
    // What was refused took no earlier link away.
    const token = tokenOf(subjects[0])
    const reset = await post(t, '/auth/password/reset', { token, new_password: NEW })
    expect(reset.status).toBe(204)
    expect(await t.mailsTo(nobody)).toEqual([])
  })

  it('that others sign up with, or change theirs to, are so many, too', async () => {
    const t = await appWith({ mail_address: 2 })
    const owner = await t.signup()
    const taken = () =>
      post(t, '/auth/signup', {
        username: `s${crypto.randomUUID().slice(0, 12)}`,
        email: owner.email,
        password: PASSWORD,
      })
    expect(await tries(3, taken)).toEqual([409, 429, 429])
    const { access_token: token } = await t.login(await t.signup())
    const change = () =>
      post(t, '/auth/email', { new_email: owner.email, current_password: PASSWORD }, { token })
    expect(await tries(3, change)).toEqual([202, 202, 429])
    expect(await refusedBy(await change())).toBe('mail_address')
  })

  it('are counted for the mailbox, whatever the plus tag, and only if they are sent', async () => {
    const t = await appWith({ mail_address: 2 })
    const name = `m${crypto.randomUUID().slice(0, 12)}`
    const signUp = (username: string, tag: string) =>
      post(t, '/auth/signup', { username, email: `${name}${tag}@example.org`, password: PASSWORD })
    const taken = await t.signup()
    expect(await tries(5, () => signUp(taken.username, ''))).toEqual(Array(5).fill(409))
    const statuses = await tries(3, (at) => signUp(`${name}${at}`, `+${at}`))
    expect(statuses).toEqual([201, 201, 429])
  })

  it('that only tell are so many for one account, and what they tell of happens all the same', async () => {
    const t = await appWith({ notice_account: 2 })
    const person = await t.signup()
    let password = person.password
    for (let round = 0; round < 4; round++) {
      const { access_token: token } = await t.login({ ...person, password })
      const change = { current_password: password, new_password: `${NEW} ${round}` }
      expect((await post(t, '/auth/password', change, { token })).status).toBe(204)
      password = change.new_password
    }
    const mails = await t.mailsTo(person.email)
    expect(mails.filter(({ subject }) => /password/i.test(subject))).toHaveLength(2)
  })

  it('that a device is new are counted as well', async () => {
    const t = await base.beside({
      env: { RATE_LIMITS: limitsOf({ notice_account: 1 }), NEW_DEVICE_NOTICE: 'true' },
    })
    const person = await t.signup()
    await t.login(person)
    const body = JSON.stringify({ username_or_email: person.email, password: person.password })
    for (const device of ['One/1', 'Another/1', 'Third/1']) {
      const headers = { 'content-type': 'application/json', 'user-agent': device }
      expect((await t.request('/auth/login', { method: 'POST', headers, body })).status).toBe(200)
    }
    expect(await t.mailsTo(person.email)).toHaveLength(2)
  })

  it('that a session was ended are no more than some an hour', async () => {
    const person = await base.signup()
    for (let round = 0; round < 12; round++) {
      const { refresh_token: old } = await base.login(person)
      const next = await (await base.refresh(old)).json()
      await base.refresh(next.refresh_token)
      await expectProblem(await base.refresh(old), 'token_invalid')
    }
    const mails = await base.mailsTo(person.email)
    expect(mails.filter(({ subject }) => /session|logged out|ended/i.test(subject)).length).toBe(10)
  })

  it('to change to are so many; one that is refused takes no earlier link away', async () => {
    const t = await appWith({ mail_address: 1 })
    const { access_token: token } = await t.login(await t.signup())
    const new_email = `new-${crypto.randomUUID()}@example.org`
    const change = () =>
      post(t, '/auth/email', { new_email, current_password: PASSWORD }, { token })
    expect(await tries(2, change)).toEqual([202, 429])
    const mails = await t.mailsTo(new_email)
    expect(mails).toHaveLength(1)
    const confirmed = await post(t, '/auth/email/confirm', { token: tokenOf(mails[0]) })
    expect(confirmed.status).toBe(204)
  })

  it('are bounded for one client', async () => {
    const t = await appWith({ mail_client: 2 })
    const address = newAddress()
    const ask = () =>
      post(
        t,
        '/auth/password/forgot',
        { email: `n${crypto.randomUUID()}@example.org` },
        { address },
      )
    expect(await tries(3, ask)).toEqual([202, 202, 429])
  })
})
