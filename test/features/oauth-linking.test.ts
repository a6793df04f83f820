import { afterAll, describe, expect, it } from 'vitest'
import type { ProviderProfile } from '../../src/core/federation/provider.ts'
import type { ProblemCode } from '../../src/errors.ts'
import { eventsOf } from '../support/acting.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { FEDERATED, ISSUERS, profileOf } from '../support/federated.ts'
import { signIn } from '../support/flow-browser.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

const confirm: TestApp = await createTestApp({
  env: FEDERATED,
})
const automatic = await confirm.beside({
  env: { ...FEDERATED, OAUTH_LINKING: 'automatic' },
})
const t = confirm
afterAll(() => t.close())

type State = 'plain' | 'second' | 'disabled'
const STATES: Record<State, string> = {
  plain: 'factor_count = 0',
  second: 'factor_count = 1',
  disabled: 'disabled_at = now()',
}

/** What somebody has after the sign-in. */
type After = {
  identities: number
  sessions: number
  isVerified: boolean
  hasPassword: boolean
  factors: number
  mails: string[]
  events: string[]
}

type Row = {
  /** The user whom the identity is linked to, or none. */
  known?: State
  /** Whose the email is. */
  email: 'unknown' | 'verified' | 'unverified'
  owner?: State
  vouched: boolean
  authoritative?: boolean
  policy?: 'confirm' | 'automatic'
  code: 200 | 'mfa_required' | ProblemCode
  /** What is afterwards, besides what was: of whoever the identity was linked to, of the owner of the email, of somebody new. */
  of?: 'known' | 'owner' | 'new'
  after?: Partial<After>
}

const BOTH = [false, true]
const POLICIES = ['confirm', 'automatic'] as const

/** A row for each value of what does not matter in it. */
function whatever(row: Row): Row[] {
  const authorities =
    row.authoritative === undefined ? (row.vouched ? BOTH : [false]) : [row.authoritative]
  const policies = row.policy === undefined ? POLICIES : [row.policy]
  return authorities.flatMap((authoritative) =>
    policies.map((policy) => ({ ...row, authoritative, policy })),
  )
}

const LOGGED_IN = { sessions: 1, events: ['session_opened'] }
const ASKED = { events: ['second_factor_requested'] }
const CREATED = {
  ...{ identities: 1, sessions: 1, isVerified: true, hasPassword: false },
  events: ['user_created', 'identity_linked', 'session_opened'],
}
const LINKED = {
  ...{ identities: 1, sessions: 1, mails: ['identity_linked'] },
  events: ['identity_linked', 'session_opened'],
}
const CLAIMED = {
  ...{ identities: 1, sessions: 1, isVerified: true, hasPassword: false, factors: 0 },
  mails: ['account_claimed'],
  events: ['account_claimed', 'email_verified', 'identity_linked', 'session_opened'],
}

const ROWS: Row[] = [
  // 1. The identity is known: whose the email is, and who vouches for it, is not asked.
  ...(['unknown', 'verified', 'unverified'] as const).flatMap((email) =>
    BOTH.flatMap((vouched): Row[] => [
      { known: 'plain', email, vouched, code: 200, of: 'known', after: LOGGED_IN },
      { known: 'second', email, vouched, code: 'mfa_required', of: 'known', after: ASKED },
      { known: 'disabled', email, vouched, code: 'account_disabled' },
    ]),
  ),
  // 2. The email is unknown.
  { email: 'unknown', vouched: true, code: 200, of: 'new', after: CREATED },
  { email: 'unknown', vouched: false, code: 'provider_email_unverified' },
  // 3. The email is that of a user who verified it.
  { email: 'verified', vouched: false, code: 'provider_email_unverified' },
  { email: 'verified', vouched: true, authoritative: false, code: 'account_exists' },
  { email: 'verified', vouched: true, policy: 'confirm', code: 'account_exists' },
  {
    ...{ email: 'verified', vouched: true, authoritative: true, policy: 'automatic' },
    ...{ code: 200, of: 'owner', after: LINKED },
  },
  { email: 'verified', owner: 'second', vouched: true, code: 'account_exists' },
  { email: 'verified', owner: 'second', vouched: false, code: 'provider_email_unverified' },
  { email: 'verified', owner: 'disabled', vouched: true, code: 'account_disabled' },
  { email: 'verified', owner: 'disabled', vouched: false, code: 'provider_email_unverified' },
  // 4. The email is that of a user who never verified it, and may be somebody else.
  { email: 'unverified', vouched: true, code: 200, of: 'owner', after: CLAIMED },
  { email: 'unverified', vouched: false, code: 'provider_email_unverified' },
  { email: 'unverified', owner: 'second', vouched: true, code: 200, of: 'owner', after: CLAIMED },
  { email: 'unverified', owner: 'second', vouched: false, code: 'provider_email_unverified' },
  { email: 'unverified', owner: 'disabled', vouched: true, code: 'account_disabled' },
  { email: 'unverified', owner: 'disabled', vouched: false, code: 'provider_email_unverified' },
].flatMap((row) => whatever(row as Row))

type User = { id: string; email: string }

async function userWith(email: string, state: State, isVerified: boolean): Promise<User> {
  const person = { username: uniqueName('l'), email, password: PASSWORD }
  const { id } = (await (await t.post('/auth/signup', person)).json()) as { id: string }
  const verified = isVerified ? 'now()' : 'null'
  await t.column(`update edge_auth.users set ${STATES[state]}, email_verified_at = ${verified}
    where id = ${quoted(id)} returning id`)
  return { id, email }
}

async function link({ id }: User, { issuer, subject }: ProviderProfile): Promise<void> {
  await t.column(`insert into edge_auth.identities
    (issuer, subject, id, user_id, provider, email_verified)
    values (${quoted(issuer)}, ${quoted(subject)}, gen_random_uuid(), ${quoted(id)}, 'fake', true) returning id`)
}

async function stateOf({ id, email }: User): Promise<After> {
  const [row] = await t.column(`select json_build_object(
    'identities', (select count(*) from edge_auth.identities where user_id = u.id),
    'sessions', (select count(*) from edge_auth.sessions where user_id = u.id),
    'isVerified', email_verified_at is not null,
    'hasPassword', exists (select from edge_auth.credentials where user_id = u.id),
    'factors', factor_count,
    'mails', (select coalesce(json_agg(mail order by created_at), '[]') from edge_auth.outbox
      where recipient = ${quoted(email)} and mail <> 'verify_email')
  )::text from edge_auth.users u where id = ${quoted(id)}`)
  return { ...JSON.parse(String(row)), events: (await eventsOf(t, id)).sort() }
}

/** What a state is with what came to it. */
const plus = (before: After, { events = [], mails = [], ...more }: Partial<After>): After => ({
  ...before,
  ...more,
  // Those of one statement are in no order.
  events: [...before.events, ...events].sort(),
  mails: [...before.mails, ...mails],
})

const titleOf = ({ known, email, owner = 'plain', vouched, authoritative, policy, code }: Row) =>
  [
    known ? `identity of somebody ${known}` : 'identity unknown',
    `email ${email}${email === 'unknown' ? '' : ` of somebody ${owner}`}`,
    vouched ? (authoritative ? 'authoritative' : 'vouched for') : 'not vouched for',
    `${policy}: ${code}`,
  ].join(', ')

describe('the rule for linking', () => {
  it('has rows for every case', () => {
    expect(ROWS.length).toBeGreaterThan(80)
    expect(new Set(ROWS.map(titleOf)).size).toBe(
      // An authoritative mailbox at `confirm` is in two of them.
      ROWS.length - 1,
    )
  })

  it.each(ROWS.map((row) => [titleOf(row), row] as const))('%s', async (_, row) => {
    const { vouched: isEmailVouched, authoritative: isEmailAuthoritative = false } = row
    const profile = profileOf({ isEmailVouched, isEmailAuthoritative })
    const email = String(profile.email)
    const isVerified = row.email === 'verified'
    const owner =
      row.email === 'unknown' ? undefined : await userWith(email, row.owner ?? 'plain', isVerified)
    const known = row.known && (await userWith(`k-${email}`, row.known, true))
    if (known) await link(known, profile)
    const before = {
      known: known && (await stateOf(known)),
      owner: owner && (await stateOf(owner)),
    }

    const app = row.policy === 'automatic' ? automatic : confirm
    const answer = await signIn(app, profile)
    if (typeof row.code === 'number' || row.code === 'mfa_required') {
      const body = (await answer.json()) as Record<string, unknown>
      expect(answer.status, JSON.stringify(body)).toBe(200)
      expect(Object.keys(body)).toContain(row.code === 200 ? 'access_token' : 'mfa_token')
    } else {
      const problem = await expectProblem(answer, row.code)
      expect('link_token' in problem).toBe(row.code === 'account_exists')
      expect(problem.detail.length).toBeGreaterThan(20)
    }

    const changesOf = (of: 'known' | 'owner') => (row.of === of ? (row.after ?? {}) : {})
    if (known && before.known)
      expect(await stateOf(known)).toEqual(plus(before.known, changesOf('known')))
    if (owner && before.owner)
      expect(await stateOf(owner)).toEqual(plus(before.owner, changesOf('owner')))
    const [created, more] = await t.column(
      `select id from edge_auth.users where email = ${quoted(email)} and id <> ${quoted(owner?.id ?? crypto.randomUUID())}`,
    )
    expect(more).toBeUndefined()
    expect(created !== undefined).toBe(row.of === 'new')
    if (created) {
      const none = { factors: 0, mails: [], events: [] } as unknown as After
      expect(await stateOf({ id: String(created), email })).toEqual(plus(none, row.after ?? {}))
    }
    const linked = await t.column(
      `select user_id from edge_auth.identities where subject = ${quoted(profile.subject)}`,
    )
    const whose = { known: known?.id, owner: owner?.id, new: created }[row.of ?? 'known']
    const isLinked = row.of !== undefined || known !== undefined
    expect(linked).toEqual(isLinked ? [whose] : [])
  })
})

it('an email that its former user may take back is nobody else’s, and the answer says so', async () => {
  const profile = profileOf()
  const { id } = await t.signup()
  await t.column(`insert into edge_auth.one_time_tokens (id, user_id, purpose, email, email_key, expires_at)
    values (gen_random_uuid(), ${quoted(id)}, 'undo_email_change', ${quoted(String(profile.email))}, ${quoted(String(profile.email))}, now() + interval '1 day') returning id`)
  await expectProblem(await signIn(t, profile), 'already_taken')
  const unvouched = { ...profile, isEmailVouched: false }
  await expectProblem(await signIn(t, unvouched), 'provider_email_unverified')
  expect(
    await t.column(`select id from edge_auth.users where email = ${quoted(String(profile.email))}`),
  ).toEqual([])
})

it('a provider that gives no email, or none that is one, makes no account', async () => {
  for (const email of [null, 'nobody', 'a b@example.net', 'a@@example.net']) {
    const answer = await signIn(t, profileOf({ email }))
    await expectProblem(answer, 'provider_email_unverified')
  }
})

it('the same subject at another issuer is somebody else, and another email the same person', async () => {
  const profile = profileOf()
  const idOf = async (of: ProviderProfile) => {
    const { access_token: token } = (await (await signIn(t, of)).json()) as {
      access_token: string
    }
    return ((await (await t.get('/auth/me', token)).json()) as { id: string }).id
  }
  const first = await idOf(profile)
  expect(await idOf({ ...profile, email: null, isEmailVouched: false })).toBe(first)
  expect(await idOf({ ...profile, ...pick(profileOf()) })).toBe(first)
  const elsewhere = { ...profile, ...pick(profileOf()), issuer: ISSUERS.other }
  expect(await idOf(elsewhere)).not.toBe(first)
})

const pick = ({ email, isEmailVouched }: ProviderProfile) => ({ email, isEmailVouched })
