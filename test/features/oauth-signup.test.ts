import { afterAll, describe, expect, it } from 'vitest'
import type { LimitName } from '../../src/core/limits/limits.ts'
import type { TestApp } from '../support/app.ts'
import { answered } from '../support/factors.ts'
import { FEDERATED, profileOf, vouch } from '../support/federated.ts'
import { browserOf, signIn } from '../support/flow-browser.ts'
import { invited } from '../support/invitations.ts'
import { limitsOf } from '../support/limits.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { newAddress, refusedBy } from '../support/tries.ts'

const t: TestApp = await createTestApp({ env: FEDERATED })
afterAll(() => t.close())

const meBy = async (answer: Response | Promise<Response>) =>
  answered(t.get('/auth/me', (await answered(answer)).access_token))

describe('somebody new', () => {
  it('has what the provider tells of them, and no password', async () => {
    const profile = profileOf({
      displayName: 'Grace Hopper',
      locale: 'en-gb',
      avatarUrl: 'https://example.org/g.png',
    })
    expect(await meBy(signIn(t, profile))).toMatchObject({
      ...{ username: profile.username, email: profile.email, email_verified: true },
      ...{ display_name: 'Grace Hopper', locale: 'en-GB' },
      avatar_url: 'https://example.org/g.png',
    })
  })

  it('has nothing of what no account may have', async () => {
    const profile = profileOf({
      displayName: 'G\u202eH',
      locale: 'not a locale',
      avatarUrl: 'javascript:alert(1)',
    })
    expect(await meBy(signIn(t, profile))).toMatchObject({
      ...{ display_name: null, locale: null, avatar_url: null },
    })
  })

  it('gets another username where theirs is taken, in whatever case', async () => {
    const { username } = await t.signup()
    const profile = profileOf({ username: username.toUpperCase() })
    const { username: local } = await meBy(signIn(t, profile))
    expect(local).toBe(profile.email?.split('@')[0])
    const second = profileOf({ username, email: `${username}@other.example` })
    const chosen = (await meBy(signIn(t, second))).username
    expect(chosen).toMatch(new RegExp(`^${username}-[a-z2-9]{6}$`))
  })
})

describe('who may sign up is decided as at the sign-up', () => {
  const beside = (env: Record<string, string>) => t.beside({ env: { ...FEDERATED, ...env } })

  it('nobody, where it is closed; whoever is known still logs in', async () => {
    const app = await beside({ SIGNUP: 'closed' })
    const profile = profileOf()
    await expectProblem(await signIn(app, profile), 'signup_closed')
    await answered(signIn(t, profile))
    await answered(signIn(app, profile))
  })

  it('whoever was invited, once, and by the same code where the invitation was left out', async () => {
    const app = await beside({ SIGNUP: 'invite' })
    const profile = profileOf()
    const { token: invitation } = await invited(t, String(profile.email))
    const browser = browserOf(app)
    const code = await browser.arrive(vouch(profile))
    expect(await refusedFields(await browser.exchange(code))).toEqual(['/invitation required'])
    await expectProblem(
      await browser.exchange(code, { invitation: 'none' }),
      'one_time_token_invalid',
    )
    await answered(browser.exchange(code, { invitation }))
    const other = await signIn(app, profileOf(), { invitation })
    await expectProblem(other, 'one_time_token_invalid')
  })

  it('nobody with an email of a domain that is not accepted', async () => {
    const app = await beside({ SIGNUP_BLOCKED_DOMAINS: 'example.net' })
    expect(await refusedFields(await signIn(app, profileOf()))).toEqual([
      '/code domain_not_allowed',
    ])
  })
})

describe('limits', () => {
  const few = (name: LimitName, count: number) =>
    t.beside({ env: { ...FEDERATED, RATE_LIMITS: limitsOf({ [name]: count }) } })

  it('count each start and each way back of a client', async () => {
    const app = await few('provider_client', 3)
    const address = newAddress()
    const browser = browserOf(app)
    const state = await browser.begin({ address })
    await browser.callback({ code: vouch(profileOf()), state }, { address })
    const second = await browser.begin({ address })
    const back = await browser.callback({ code: 'x', state: second }, { address })
    expect(back.headers.get('location')).toMatch('error=too_many_requests')
    expect(await refusedBy(await browser.start({ address }))).toBe('provider_client')
  })

  it('count who is created', async () => {
    const app = await few('signup_client', 1)
    const address = newAddress()
    const [first, second] = [profileOf(), profileOf()]
    const enter = async (profile: typeof first) => {
      const browser = browserOf(app)
      return browser.exchange(await browser.arrive(vouch(profile)), {}, { address })
    }
    await answered(enter(first))
    await answered(enter(first))
    expect(await refusedBy(await enter(second))).toBe('signup_client')
  })

  it('count exchanges, of which those that succeed cost little', async () => {
    const app = await few('login_client', 2)
    const address = newAddress()
    const profile = profileOf()
    const enter = async (of: typeof profile) => {
      const browser = browserOf(app)
      return browser.exchange(await browser.arrive(vouch(of)), {}, { address })
    }
    for (let times = 0; times < 4; times++) await answered(enter(profile))
    await expectProblem(await enter(profileOf({ email: null })), 'provider_email_unverified')
    expect(await refusedBy(await enter(profileOf({ email: null })))).toBe('login_client')
  })
})
