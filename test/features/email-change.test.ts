import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type Person, type TestApp } from '../support/app.ts'
import { subjectsTo, tokenTo } from '../support/links.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, personWith } from '../support/sessions.ts'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const newAddress = () => `n${crypto.randomUUID().slice(0, 8)}@example.net`
const ask = (token: string, new_email: string, current_password = PASSWORD) =>
  t.post('/auth/email', { new_email, current_password }, token)
const confirm = (token: string) => t.post('/auth/email/confirm', { token })
const undo = (token: string) => t.post('/auth/email/undo', { token })
const signup = (email: string) =>
  t.post('/auth/signup', {
    username: `s${crypto.randomUUID().slice(0, 8)}`,
    email,
    password: PASSWORD,
  })

async function emailOf({ username }: Person): Promise<unknown> {
  const [email] = await t.column(`select email from edge_auth.users where username = '${username}'`)
  return email
}

/** Changes the verified address of somebody with these tokens, and gives the token that undoes it. */
async function changeTo(access: string, former: string, address: string): Promise<string> {
  await t.column(`update edge_auth.users set email_verified_at = now() where email = '${former}'`)
  expect((await ask(access, address)).status).toBe(202)
  expect((await confirm(await tokenTo(t, address, '/confirm-email'))).status).toBe(204)
  return tokenTo(t, former, '/undo-email-change')
}

it('nothing changes before the new address confirms it; then the old one is told', async () => {
  const { person, sessions } = await personWith(t, 1)
  const [session] = sessions
  const address = newAddress()
  expect((await ask(session.access_token, address)).status).toBe(202)
  expect(await emailOf(person)).toBe(person.email)
  const token = await tokenTo(t, address, '/confirm-email')
  expect(await t.roundTrips(() => confirm(token))).toBe(1)
  expect(await (await t.get('/auth/me', session.access_token)).json()).toMatchObject({
    email: address,
    email_verified: true,
  })
  expect(await subjectsTo(t, person.email)).toContainEqual(expect.stringMatching(/email/i))
  await expectProblem(await confirm(token), 'one_time_token_invalid')
})

it('needs the current password', async () => {
  const { sessions } = await personWith(t, 1)
  const address = newAddress()
  await expectProblem(await ask(sessions[0].access_token, address, 'wrong'), 'invalid_credentials')
  expect(await subjectsTo(t, address)).toEqual([])
})

it('refuses the present address, but takes another spelling of it', async () => {
  const { person, sessions } = await personWith(t, 1)
  const [{ access_token }] = sessions
  expect(await refusedFields(await ask(access_token, person.email))).toEqual([
    '/new_email unchanged',
  ])
  const spelling = person.email.toUpperCase()
  expect((await ask(access_token, spelling)).status).toBe(202)
  expect((await confirm(await tokenTo(t, spelling, '/confirm-email'))).status).toBe(204)
  expect(String(await emailOf(person)).toLowerCase()).toBe(person.email)
})

it('a newer request supersedes the older, whatever their addresses', async () => {
  const { person, sessions } = await personWith(t, 1)
  const [first, second] = [newAddress(), newAddress()]
  await ask(sessions[0].access_token, first)
  const old = await tokenTo(t, first, '/confirm-email')
  await ask(sessions[0].access_token, second)
  await expectProblem(await confirm(old), 'one_time_token_invalid')
  expect((await confirm(await tokenTo(t, second, '/confirm-email'))).status).toBe(204)
  expect(await emailOf(person)).toBe(second)
})

describe('an address that somebody else has', () => {
  it('is asked for in vain, and only its owner hears of it', async () => {
    const { person, sessions } = await personWith(t, 1)
    const owner = await t.signup()
    await t.deliver()
    const answer = await ask(sessions[0].access_token, owner.email)
    expect([answer.status, await answer.text()]).toEqual([202, ''])
    const [notice] = await t.mailsTo(owner.email)
    expect(notice?.text).toContain(owner.username)
    expect(notice?.text).not.toContain(person.username)
    expect(notice?.links).toEqual([])
  })

  it('by the time that it is confirmed, is refused, and the token is kept', async () => {
    const { person, sessions } = await personWith(t, 1)
    const address = newAddress()
    await ask(sessions[0].access_token, address)
    const token = await tokenTo(t, address, '/confirm-email')
    expect((await signup(address)).status).toBe(201)
    await expectProblem(await confirm(token), 'already_taken')
    expect(await emailOf(person)).toBe(person.email)
  })
})

it('voids the links to the old address', async () => {
  const { person, sessions } = await personWith(t, 1)
  const verification = await tokenTo(t, person.email, '/verify-email')
  await t.post('/auth/password/forgot', { email: person.email })
  const reset = await tokenTo(t, person.email, '/reset-password')
  await changeTo(sessions[0].access_token, person.email, newAddress())
  for (const [path, token] of [
    ['/auth/email/verify', verification],
    ['/auth/password/reset', reset],
  ] as const) {
    const body = { token, ...(path.includes('reset') && { new_password: 'a third horse' }) }
    await expectProblem(await t.post(path, body), 'one_time_token_invalid')
  }
  await t.login(person)
})

it('a new password voids a request that waits for its confirmation', async () => {
  const { person, sessions } = await personWith(t, 1)
  const address = newAddress()
  await ask(sessions[0].access_token, address)
  const token = await tokenTo(t, address, '/confirm-email')
  const change = { current_password: PASSWORD, new_password: 'another horse, another battery' }
  await t.post('/auth/password', change, sessions[0].access_token)
  await expectProblem(await confirm(token), 'one_time_token_invalid')
  expect(await emailOf(person)).toBe(person.email)
})

it('the end of all sessions voids a request that waits for its confirmation', async () => {
  const { person, sessions } = await personWith(t, 1)
  const address = newAddress()
  await ask(sessions[0].access_token, address)
  const token = await tokenTo(t, address, '/confirm-email')
  const ended = await t.post('/auth/logout-all', {}, sessions[0].access_token)
  expect(ended.status).toBe(204)
  await expectProblem(await confirm(token), 'one_time_token_invalid')
  expect(await emailOf(person)).toBe(person.email)
})

describe('undone by the old address', () => {
  it('restores it, ends all sessions and mails a link to choose a new password', async () => {
    const { person, sessions } = await personWith(t, 2)
    const [one, other] = sessions as [(typeof sessions)[0], (typeof sessions)[0]]
    const address = newAddress()
    const token = await changeTo(one.access_token, person.email, address)
    await expectAlive(t, other)
    expect(await t.roundTrips(() => undo(token))).toBe(1)
    expect(await emailOf(person)).toBe(person.email)
    for (const pair of sessions) await expectDead(t, pair)
    const reset = await tokenTo(t, person.email, '/reset-password')
    const new_password = 'another horse, another battery'
    const body = { token: reset, new_password }
    expect((await t.post('/auth/password/reset', body)).status).toBe(204)
    await t.login({ ...person, password: new_password })
    await expectProblem(await undo(token), 'one_time_token_invalid')
  })

  it('for a week and no longer', async () => {
    const { person, sessions } = await personWith(t, 1)
    const address = newAddress()
    const token = await changeTo(sessions[0].access_token, person.email, address)
    const [days] = await t.column(`select (expires_at - now() > interval '6 days 23 hours'
      and expires_at - now() < interval '7 days 1 hour') from edge_auth.one_time_tokens
      where user_id = '${person.id}' and purpose = 'undo_email_change'`)
    expect(days).toBe(true)
    await t.column(`update edge_auth.one_time_tokens set expires_at = now()
      where user_id = '${person.id}' returning 1`)
    await expectProblem(await undo(token), 'one_time_token_invalid')
    expect(await emailOf(person)).toBe(address)
  })

  it('even if whoever changed it has chosen a new password by the new address', async () => {
    const { person, sessions } = await personWith(t, 1)
    const theirs = newAddress()
    const token = await changeTo(sessions[0].access_token, person.email, theirs)
    await t.post('/auth/password/forgot', { email: theirs })
    const body = {
      token: await tokenTo(t, theirs, '/reset-password'),
      new_password: 'the password of a thief',
    }
    expect((await t.post('/auth/password/reset', body)).status).toBe(204)
    expect((await undo(token)).status).toBe(204)
    expect(await emailOf(person)).toBe(person.email)
  })

  it('even if whoever changed it has changed the password, too', async () => {
    const { person, sessions } = await personWith(t, 1)
    const [{ access_token }] = sessions
    const token = await changeTo(access_token, person.email, newAddress())
    const body = { current_password: PASSWORD, new_password: 'the password of a thief' }
    expect((await t.post('/auth/password', body, access_token)).status).toBe(204)
    expect((await undo(token)).status).toBe(204)
    expect(await emailOf(person)).toBe(person.email)
  })

  it('even if it was changed once more, and the later undo is void then', async () => {
    const { person, sessions } = await personWith(t, 1)
    const [second, third] = [newAddress(), newAddress()]
    const first = await changeTo(sessions[0].access_token, person.email, second)
    const later = await changeTo(sessions[0].access_token, second, third)
    expect((await undo(first)).status).toBe(204)
    expect(await emailOf(person)).toBe(person.email)
    await expectProblem(await undo(later), 'one_time_token_invalid')
    expect(await emailOf(person)).toBe(person.email)
  })

  it('of a later change leaves the way back to the first', async () => {
    const { person, sessions } = await personWith(t, 1)
    const [second, third] = [newAddress(), newAddress()]
    const first = await changeTo(sessions[0].access_token, person.email, second)
    const later = await changeTo(sessions[0].access_token, second, third)
    expect((await undo(later)).status).toBe(204)
    expect(await emailOf(person)).toBe(second)
    expect((await undo(first)).status).toBe(204)
    expect(await emailOf(person)).toBe(person.email)
  })

  it('is not made impossible by somebody who takes the address meanwhile', async () => {
    const { person, sessions } = await personWith(t, 1)
    const { sessions: theirs } = await personWith(t, 1)
    const token = await changeTo(sessions[0].access_token, person.email, newAddress())
    await expectProblem(await signup(person.email), 'already_taken')
    expect((await ask(theirs[0].access_token, person.email)).status).toBe(202)
    expect(
      (await t.mailsTo(person.email)).some(({ links }) => links[0]?.includes('/confirm-email')),
    ).toBe(false)
    expect((await undo(token)).status).toBe(204)
  })

  it('not by whoever the user took it back from without the link', async () => {
    const { person, sessions } = await personWith(t, 1)
    const [{ access_token }] = sessions
    const theirs = newAddress()
    await changeTo(access_token, person.email, theirs)
    expect((await ask(access_token, person.email)).status).toBe(202)
    expect((await confirm(await tokenTo(t, person.email, '/confirm-email'))).status).toBe(204)
    const links = (await t.mailsTo(theirs)).flatMap((mail) => mail.links)
    expect(links.filter((link) => link.includes('/undo-email-change'))).toEqual([])
    const left = await t.column(`select email from edge_auth.one_time_tokens
      where user_id = '${person.id}' and purpose = 'undo_email_change'`)
    expect(left).toEqual([])
    expect(await emailOf(person)).toBe(person.email)
  })

  it('the user can take it back without the link, too', async () => {
    const { person, sessions } = await personWith(t, 1)
    const [{ access_token }] = sessions
    const second = newAddress()
    await changeTo(access_token, person.email, second)
    await ask(access_token, person.email)
    await confirm(await tokenTo(t, person.email, '/confirm-email'))
    expect(await emailOf(person)).toBe(person.email)
  })
})

it('an address that nobody had verified gives no way back, and is free: it may have been mistyped', async () => {
  const { person, sessions } = await personWith(t, 1)
  const theirs = newAddress()
  expect((await ask(sessions[0].access_token, theirs)).status).toBe(202)
  expect((await confirm(await tokenTo(t, theirs, '/confirm-email'))).status).toBe(204)
  const links = (await t.mailsTo(person.email)).flatMap((mail) => mail.links)
  expect(links.filter((link) => link.includes('/undo-email-change'))).toEqual([])
  const left = await t.column(`select email from edge_auth.one_time_tokens
    where user_id = '${person.id}' and purpose = 'undo_email_change'`)
  expect(left).toEqual([])
  expect((await signup(person.email)).status).toBe(201)
  expect(await emailOf(person)).toBe(theirs)
})

it('the old address is free for others once the change cannot be undone any more', async () => {
  const { person, sessions } = await personWith(t, 1)
  await changeTo(sessions[0].access_token, person.email, newAddress())
  await t.column(`update edge_auth.one_time_tokens set expires_at = now()
    where user_id = '${person.id}' returning 1`)
  expect((await signup(person.email)).status).toBe(201)
})
