import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { quoted } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, type Pair, personWith, refreshed } from '../support/sessions.ts'

const NEXT = 'another horse battery staple'

let t: TestApp
beforeAll(async () => {
  t = await createTestApp()
})
afterAll(() => t.close())

const change = (tokens: Pair, current: unknown, next: unknown) =>
  t.post('/auth/password', { current_password: current, new_password: next }, tokens.access_token)

describe('a password change', () => {
  it('takes two round trips, ends the other sessions and goes on here', async () => {
    const { person, sessions } = await personWith(t, 3)
    const { sessions: strangers } = await personWith(t, 1)
    const [mine, ...others] = sessions
    let answer = new Response()
    expect(
      await t.roundTrips(async () => {
        answer = await change(mine, PASSWORD, NEXT)
      }),
    ).toBe(2)
    expect(answer.status).toBe(204)
    expect(await answer.text()).toBe('')
    for (const pair of others) await expectDead(t, pair)
    for (const pair of [mine, await refreshed(t, mine), strangers[0]]) await expectAlive(t, pair)

    const attempt = { username_or_email: person.username, password: PASSWORD }
    await expectProblem(await t.post('/auth/login', attempt), 'invalid_credentials')
    const again = await t.login({ ...person, password: NEXT })
    await expectAlive(t, again)
    expect(JSON.stringify(t.log)).not.toContain(NEXT)
  })

  it('takes the current password in any canonical form', async () => {
    const { sessions } = await personWith(t, 1)
    expect((await change(sessions[0], PASSWORD, 'pâssé-42-x')).status).toBe(204)
    const decomposed = 'pâssé-42-x'.normalize('NFD')
    expect((await change(sessions[0], decomposed, NEXT)).status).toBe(204)
  })
})

describe('is refused, and nothing changes,', () => {
  const cases: [string, unknown, (name: string, email: string) => unknown, string[]][] = [
    ['with nothing', undefined, () => undefined, ['/new_password required']],
    ['without the current password', undefined, () => NEXT, ['/current_password required']],
    [
      'with wrong types',
      1,
      () => [PASSWORD],
      ['/current_password invalid_type', '/new_password invalid_type'],
    ],
    [
      'when both are bad',
      '',
      () => 'short',
      ['/current_password too_short', '/new_password too_short'],
    ],
    ['when short', PASSWORD, () => 'zq-7Kmv', ['/new_password too_short']],
    ['when long', PASSWORD, () => 'xy'.repeat(65), ['/new_password too_long']],
    ['when common', PASSWORD, () => 'password1', ['/new_password too_common']],
    ['when the username', PASSWORD, (name) => name, ['/new_password contains_identifier']],
    ['when the email', PASSWORD, (_, email) => email, ['/new_password contains_identifier']],
    ['when the same', PASSWORD, () => PASSWORD, ['/new_password unchanged']],
    ['with U+0000', PASSWORD, () => `${NEXT}\u0000`, ['/new_password invalid']],
    ['with a lone surrogate', `${PASSWORD}\ud800`, () => NEXT, ['/current_password invalid']],
  ]
  it.each(cases)('%s', async (_what, current, next, expected) => {
    const { person, sessions } = await personWith(t, 2)
    const answer = await change(sessions[0], current, next(person.username, person.email))
    expect(await refusedFields(answer)).toEqual(expected)
    for (const pair of sessions) await expectAlive(t, pair)
    await t.login(person)
  })

  it('when the current password is wrong', async () => {
    const { person, sessions } = await personWith(t, 2)
    await expectProblem(await change(sessions[0], NEXT, `${NEXT}.`), 'invalid_credentials')
    // Even where the new one is unacceptable: who does not know the password learns nothing more.
    await expectProblem(await change(sessions[0], NEXT, person.username), 'invalid_credentials')
    for (const pair of sessions) await expectAlive(t, pair)
    await t.login(person)
  })

  it('when the session has ended, however right the password', async () => {
    const { person, sessions } = await personWith(t, 2)
    await t.post('/auth/logout', {}, sessions[0].access_token)
    await expectProblem(await change(sessions[0], PASSWORD, NEXT), 'token_invalid')
    await t.login(person)
  })

  it('by a refresh token', async () => {
    const { person, sessions } = await personWith(t, 1)
    const swapped = { ...sessions[0], access_token: sessions[0].refresh_token }
    await expectProblem(await change(swapped, PASSWORD, NEXT), 'token_invalid')
    await t.login(person)
  })
})

it('of two at once one counts, and the account has exactly that password', async () => {
  const { person, sessions } = await personWith(t, 2)
  const [one, other] = sessions as [Pair, Pair]
  const answers = await Promise.all([
    change(one, PASSWORD, `${NEXT} 1`),
    change(other, PASSWORD, `${NEXT} 2`),
  ])
  const statuses = answers.map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([204, 401])
  const winner = statuses.indexOf(204)
  await t.login({ ...person, password: `${NEXT} ${winner + 1}` })
  await expectAlive(t, [one, other][winner] ?? one)
  await expectDead(t, [one, other][1 - winner] ?? one)
  const [epoch] = await t.column(
    `select session_epoch from edge_auth.users where id = ${quoted(person.id)}`,
  )
  expect(Number(epoch)).toBe(1)
})
