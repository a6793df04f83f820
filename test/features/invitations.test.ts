import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { invite } from '../../src/core/invitations/invite.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { invited, isUnused } from '../support/invitations.ts'
import { subjectsTo } from '../support/links.ts'
import { pendingToken } from '../support/mailed.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive } from '../support/sessions.ts'

let base: TestApp
let t: TestApp
let hashes = 0
beforeAll(async () => {
  base = await createTestApp()
  t = await modeOf('invite')
})
afterAll(() => base.close())
beforeEach(() => {
  hashes = 0
})

/** The service in another mode, over the same database, which counts the passwords that it hashes. */
function modeOf(mode: string, env: Record<string, string> = {}): Promise<TestApp> {
  const { passwords } = base.deps
  const hash: typeof passwords.hash = (...given) => {
    hashes++
    return passwords.hash(...given)
  }
  return base.beside({ env: { SIGNUP: mode, ...env }, deps: { passwords: { ...passwords, hash } } })
}

const somebody = () => {
  const username = uniqueName('i')
  return { username, email: `${username}@example.org`, password: PASSWORD }
}
const signup = (person: object, invitation?: string, on = t) =>
  on.post('/auth/signup', { ...person, ...(invitation !== undefined && { invitation }) })
const isUser = async ({ username }: { username: string }) =>
  (
    await t.column(
      `select id::text from edge_auth.users where username_key = ${quoted(username.toLowerCase())}`,
    )
  ).length === 1

describe('SIGNUP=closed', () => {
  it('lets nobody sign up, not even by an invitation, and asks neither database nor hash', async () => {
    const closed = await modeOf('closed')
    const { token, id } = await invited(t)
    const person = somebody()
    const trips = await t.roundTrips(async () => {
      const { detail } = await expectProblem(await signup(person, token, closed), 'signup_closed')
      expect(detail).toBe('New accounts cannot be created here at the moment.')
    })
    expect([trips, hashes, await isUser(person), await isUnused(t, { id })]).toEqual([
      0,
      0,
      false,
      true,
    ])
  })

  it('leaves those who are here alone', async () => {
    const closed = await modeOf('closed')
    const person = await base.signup()
    await expectAlive(closed, await closed.login(person))
  })
})

describe('SIGNUP=open', () => {
  it.each(['', 'x.y', 'good'])('ignores the invitation %j', async (given) => {
    const invitation = await invited(base)
    const token = given === 'good' ? invitation.token : given
    expect((await signup(somebody(), token, base)).status).toBe(201)
    expect(await isUnused(t, invitation)).toBe(true)
  })
})

describe('SIGNUP=invite', () => {
  it('takes an invitation, once, in as many round trips as without', async () => {
    const { token, id } = await invited(t)
    const person = somebody()
    let answer = new Response()
    const trips = await t.roundTrips(async () => {
      answer = await signup(person, token)
    })
    expect([answer.status, trips, await isUnused(t, { id })]).toEqual([201, 2, false])
    await expectAlive(t, await t.login(person))

    hashes = 0
    const second = somebody()
    await expectProblem(await signup(second, token), 'one_time_token_invalid')
    expect([hashes, await isUser(second)]).toEqual([0, false])
  })

  it.each([undefined, '', '  '])(
    'names the field that is missing where it is %j',
    async (given) => {
      const person = somebody()
      const answer = await signup({ ...person, email: 'x' }, given)
      expect(await refusedFields(answer)).toEqual(['/email invalid_format'])
      expect(await refusedFields(await signup(person, given))).toEqual(['/invitation required'])
      expect([hashes, await isUser(person)]).toEqual([0, false])
    },
  )

  it.each<[string, () => Promise<string>]>([
    ['no token', async () => 'x.y'],
    [
      'a token of the future',
      async () => {
        const { token } = await invited(t)
        return `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
      },
    ],
    [
      'an invitation that has expired',
      async () => {
        const { token, id } = await invited(t)
        await t.column(
          `update edge_auth.invitations set expires_at = now() where id = ${quoted(id)} returning 1`,
        )
        return token
      },
    ],
    [
      'an invitation that was taken back',
      async () => {
        const { token, id } = await invited(t)
        await t.column(`delete from edge_auth.invitations where id = ${quoted(id)} returning 1`)
        return token
      },
    ],
    ['an invitation of another address', async () => (await invited(t, 'other@example.org')).token],
    [
      'a link of a mail',
      async () => (await pendingToken(t, await base.signup(), 'reset_password')).token,
    ],
  ])('does not take %s, and hashes nothing for it', async (_what, tokenOf) => {
    const token = await tokenOf()
    const person = somebody()
    hashes = 0
    await expectProblem(await signup(person, token), 'one_time_token_invalid')
    expect([hashes, await isUser(person)]).toEqual([0, false])
  })

  it('takes an invitation for an address in any spelling of it', async () => {
    const person = somebody()
    const { token, id } = await invited(t, person.email.toUpperCase())
    await expectProblem(await signup(somebody(), token), 'one_time_token_invalid')
    expect(await isUnused(t, { id })).toBe(true)
    expect((await signup(person, token)).status).toBe(201)
    expect(await isUnused(t, { id })).toBe(false)
  })

  it('leaves an invitation as it is where the sign-up is refused', async () => {
    const { username, email } = await base.signup()
    const known = { username, email, password: PASSWORD }
    const { token, id } = await invited(t)
    const bad = await modeOf('invite', { SIGNUP_BLOCKED_DOMAINS: 'example.org' })
    const refused = [
      await signup({ ...somebody(), username: known.username.toUpperCase() }, token),
      await signup({ ...somebody(), email: known.email }, token),
      await signup(known, token),
      await signup({ ...somebody(), password: 'password' }, token),
      await signup({ ...somebody(), username: '-' }, token),
      await signup(somebody(), token, bad),
    ]
    expect(refused.map(({ status }) => status)).toEqual([409, 409, 409, 422, 422, 422])
    expect(await isUnused(t, { id })).toBe(true)
    expect((await signup(somebody(), token)).status).toBe(201)
  })

  it('keeps nothing in the database that works as an invitation', async () => {
    const { token } = await invited(t, 'ada@example.org')
    const rows = await t.column('select i::text from edge_auth.invitations i')
    const parts = token.split('.')
    for (const row of rows) for (const part of parts) expect(String(row)).not.toContain(part)
  })
})

describe('where the answer must not tell what is taken', () => {
  let uniform: TestApp
  beforeAll(async () => {
    uniform = await modeOf('invite', { REQUIRE_VERIFIED_EMAIL: 'true' })
  })
  const pending = async (person: object, token: string) =>
    expect((await signup(person, token, uniform)).status).toBe(202)

  it('an invitation does not tell either whether an address has an account', async () => {
    const known = await base.signup()
    const left: boolean[] = []
    for (const email of [known.email, somebody().email]) {
      const invitation = await invited(t)
      await pending({ ...somebody(), email }, invitation.token)
      left.push(await isUnused(t, invitation))
      const again = await signup(somebody(), invitation.token, uniform)
      await expectProblem(again, 'one_time_token_invalid')
    }
    expect(left).toEqual([false, false])
  })

  it('nor by a name that is known to be taken', async () => {
    const [known, other] = [await base.signup(), await base.signup()]
    for (const email of [known.email, somebody().email]) {
      const invitation = await invited(t)
      await pending({ ...somebody(), username: other.username, email }, invitation.token)
      expect(await isUnused(t, invitation)).toBe(true)
    }
  })

  it('a taken name leaves the invitation for another try', async () => {
    const known = await base.signup()
    const invitation = await invited(t)
    const person = somebody()
    await pending({ ...person, username: known.username }, invitation.token)
    expect(await isUser(person)).toBe(false)
    await pending(person, invitation.token)
    expect([await isUser(person), await isUnused(t, invitation)]).toEqual([true, false])
  })

  it('nobody gets a mail for an invitation that is not good', async () => {
    const known = await base.signup()
    const before = await subjectsTo(t, known.email)
    const { token } = await invited(t, 'other@example.org')
    const answer = await signup({ ...somebody(), email: known.email }, token, uniform)
    await expectProblem(answer, 'one_time_token_invalid')
    expect(await subjectsTo(t, known.email)).toEqual(before)
  })
})

describe('an invitation', () => {
  it('works for as long as it says', async () => {
    const { expiresAt } = await invite(t.deps, { email: undefined, lifetimeSeconds: 3600 })
    const [left] = await t.column(
      `select extract(epoch from to_timestamp(${expiresAt.getTime() / 1000}) - now())::int`,
    )
    expect(Number(left)).toBeGreaterThan(3590)
    expect(Number(left)).toBeLessThanOrEqual(3600)
  })

  it('is not issued for an address that could not sign up', async () => {
    const bad = await modeOf('invite', { SIGNUP_ALLOWED_DOMAINS: 'example.com' })
    const email = `${uniqueName()}@example.org`
    await expect(invite(bad.deps, { email })).rejects.toMatchObject({ code: 'validation_failed' })
    const rows = await t.column(
      `select id::text from edge_auth.invitations where email_key = ${quoted(email)}`,
    )
    expect(rows).toEqual([])
  })
})
