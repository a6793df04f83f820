import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../support/app.ts'
import {
  createPostgresTestApp,
  type PostgresTestApp,
  statuses,
  WAYS,
} from '../support/app-postgres.ts'
import { invited, isUnused } from '../support/invitations.ts'
import { uniqueName } from '../support/names.ts'

const ATTEMPTS = 16

describe.each(WAYS)('sixteen sign-ups at once, by %s', (way) => {
  let t: PostgresTestApp
  beforeAll(async () => {
    t = await createPostgresTestApp({ way, env: { SIGNUP: 'invite' } })
  })
  afterAll(() => t.close())

  const somebody = () => {
    const username = uniqueName('i')
    return { username, email: `${username}@example.org`, password: PASSWORD }
  }
  const atOnce = (person: (at: number) => object) =>
    statuses(Array.from({ length: ATTEMPTS }, (_, at) => t.post('/auth/signup', person(at))))
  const users = async () => {
    const [row] = await t.sql<[{ count: number }]>`select count(*)::int as count from users`
    return row.count
  }

  it('by one invitation make one user', async () => {
    for (let round = 0; round < 5; round++) {
      const invitation = await invited(t)
      const before = await users()
      const answers = await atOnce(() => ({ ...somebody(), invitation: invitation.token }))
      expect(answers).toEqual([201, ...Array(ATTEMPTS - 1).fill(400)])
      expect(await users()).toBe(before + 1)
      expect(await isUnused(t, invitation)).toBe(false)
    }
  })

  it('of one name use up one invitation of sixteen', async () => {
    const invitations = await Promise.all(Array.from({ length: ATTEMPTS }, () => invited(t)))
    const { username } = somebody()
    const answers = await atOnce((at) => ({
      ...somebody(),
      username,
      invitation: invitations[at]?.token,
    }))
    expect(answers).toEqual([201, ...Array(ATTEMPTS - 1).fill(409)])
    const unused = await Promise.all(invitations.map((one) => isUnused(t, one)))
    expect(unused.filter(Boolean)).toHaveLength(ATTEMPTS - 1)
  })

  it('by one invitation for one person who is impatient make one user', async () => {
    const { token } = await invited(t)
    const person = somebody()
    const before = await users()
    const [first, ...others] = await atOnce(() => ({ ...person, invitation: token }))
    expect(first).toBe(201)
    for (const other of others) expect([400, 409]).toContain(other)
    expect(await users()).toBe(before + 1)
  })

  it('of which most are refused leave it to the one that is not', async () => {
    const { username } = somebody()
    const taken = { ...somebody(), username, invitation: (await invited(t)).token }
    expect((await t.post('/auth/signup', taken)).status).toBe(201)
    const invitation = await invited(t)
    const answers = await atOnce((at) => ({
      ...somebody(),
      ...(at > 0 && { username }),
      invitation: invitation.token,
    }))
    expect(answers[0]).toBe(201)
    for (const other of answers.slice(1)) expect([400, 409]).toContain(other)
    expect(await isUnused(t, invitation)).toBe(false)
  })
})
