import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { invite } from '../../src/core/invitations/invite.ts'
import { revoke } from '../../src/features/admin/invitations/service.ts'
import { type Admin, adminOf } from '../support/admin.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { invited, isUnused } from '../support/invitations.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { sidOf } from '../support/sessions.ts'

let t: TestApp
let admin: Admin
beforeAll(async () => {
  t = await createTestApp()
  admin = await adminOf(t)
})
afterAll(() => t.close())

const DAY = 86_400_000
const issue = (body: object, on = t) => on.post('/admin/invitations', body, admin.token)
const issued = async (body: object = {}) => {
  const answer = await issue(body)
  expect(answer.status).toBe(201)
  return answer.json()
}
const remove = (id: string) =>
  t.request(`/admin/invitations/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${admin.token}` },
  })
const list = async (query = '') => {
  const answer = await t.get(`/admin/invitations${query}`, admin.token)
  expect(answer.status).toBe(200)
  return answer.json()
}
const refOf = ({ id: userId, token }: Admin) => ({
  userId,
  sessionId: sidOf({ access_token: token, refresh_token: '' }),
})
const signup = async (email: string, invitation: string) => {
  const byInvitation = await t.beside({ env: { SIGNUP: 'invite' } })
  const person = { username: uniqueName('v'), email, password: PASSWORD, invitation }
  return byInvitation.post('/auth/signup', person)
}
/** What the trail has of an invitation, one text an event. */
const trailOf = (id: string) =>
  t.column(
    `select concat_ws(' ', event, outcome, actor_id, session_id, subject_id, details) from edge_auth.audit_events
      where details->>'invitation' = ${quoted(id)} order by id`,
  )
const demoted = async () => {
  const former = await adminOf(t)
  await t.column(
    `delete from edge_auth.user_roles where user_id = ${quoted(former.id)} returning role`,
  )
  return refOf(former)
}

/** Every page of the list, from the first on. */
async function pages(limit: number) {
  const all: { invitations: { id: string }[]; next_cursor: string | null }[] = []
  let cursor: string | null = null
  do {
    const page: (typeof all)[number] = await list(
      `?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`,
    )
    all.push(page)
    cursor = page.next_cursor
  } while (cursor !== null)
  return all
}

describe('POST /admin/invitations', () => {
  it('issues what somebody can sign up by, for one address, and the trail says so', async () => {
    const email = `${uniqueName('V')}@Example.org`
    const invitation = await issued({ email, expires_in_days: 3 })
    expect(invitation).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: email.toLowerCase(),
      created_at: expect.any(String),
      expires_at: expect.any(String),
      token: expect.stringMatching(/^[\w-]+\.[\w-]+$/),
      link: `http://localhost:8000/signup?invitation=${invitation.token}`,
    })
    const { id, token, created_at, expires_at } = invitation
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(3 * DAY)
    const { userId, sessionId } = refOf(admin)
    const masked = `${email[0]?.toLowerCase()}***@example.org`
    expect(await trailOf(id)).toEqual([
      `invitation_issued success ${userId} ${sessionId} {"email": "${masked}", "invitation": "${id}"}`,
    ])
    expect((await signup(`${uniqueName()}@example.org`, token)).status).toBe(400)
    expect((await signup(email, token)).status).toBe(201)
    expect(await isUnused(t, { id })).toBe(false)
  })

  it('for whoever has it, of seven days, without a word of it; with its link where there is an app', async () => {
    const { email, created_at, expires_at, token } = await issued()
    expect(email).toBeNull()
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(7 * DAY)
    expect((await signup(`${uniqueName()}@example.org`, token)).status).toBe(201)

    const withApp = await t.beside({ env: { APP_BASE_URL: 'http://localhost:3000/x' } })
    const { link, token: linked } = await (await issue({}, withApp)).json()
    expect(link).toBe(`http://localhost:3000/x/sign-up#token=${linked}`)
    const onPage = await (await issue({}, t)).json()
    expect(onPage.link).toBe(`http://localhost:8000/signup?invitation=${onPage.token}`)
    const withNone = await t.beside({ env: { HOSTED_PAGES: 'false' } })
    expect((await (await issue({}, withNone)).json()).link).toBeNull()
  })

  it.each<[object, string[]]>([
    [{ email: 'ada' }, ['/email invalid_format']],
    [{ expires_in_days: 0 }, ['/expires_in_days invalid_value']],
    [{ expires_in_days: 91 }, ['/expires_in_days invalid_value']],
    [{ expires_in_days: 1.5 }, ['/expires_in_days invalid_type']],
    [{ expires_in_days: '7' }, ['/expires_in_days invalid_type']],
    [{ actor_id: 'x' }, ['/actor_id unknown_field']],
  ])('refuses %j', async (body, fields) => {
    expect(await refusedFields(await issue(body))).toEqual(fields)
  })

  it('refuses an email that nobody may sign up with', async () => {
    const blocked = await t.beside({ env: { SIGNUP_BLOCKED_DOMAINS: 'example.org' } })
    const answer = await issue({ email: 'ada@mail.example.org' }, blocked)
    expect(await refusedFields(answer)).toEqual(['/email domain_not_allowed'])
  })

  it('is not done for somebody who lost the permission a moment ago', async () => {
    const email = `${uniqueName()}@example.org`
    await expect(invite(t.deps, { email, actor: await demoted() })).rejects.toMatchObject({
      code: 'permission_denied',
    })
    const sql = `select id::text from edge_auth.invitations where email_key = ${quoted(email)}`
    expect(await t.column(sql)).toEqual([])
  })
})

describe('GET /admin/invitations', () => {
  it('shows those that still work, the latest first, and no token', async () => {
    const email = `${uniqueName()}@example.org`
    const first = await issued({ email })
    const expired = await invited(t)
    await t.column(
      `update edge_auth.invitations set expires_at = now() where id = ${quoted(expired.id)} returning 1`,
    )
    const last = await issued()
    const all = (await pages(100)).flatMap(({ invitations }) => invitations)
    const { token: _, link: __, ...shown } = first
    expect(all.find(({ id }) => id === first.id)).toEqual(shown)
    const ids = all.map(({ id }) => id)
    expect(ids.indexOf(last.id)).toBeLessThan(ids.indexOf(first.id))
    expect(ids).not.toContain(expired.id)
    expect(JSON.stringify(all)).not.toMatch(/token|link/)
    expect(JSON.stringify(all)).not.toContain(first.token)
  })

  it('has pages that neither repeat nor leave out, while others are issued', async () => {
    const own: string[] = []
    for (let made = 0; made < 5; made++) own.unshift((await issued()).id)
    const [first] = await pages(2)
    expect(first?.invitations).toHaveLength(2)
    const newer = await issued()
    const cursor = first?.next_cursor
    const second = await list(`?limit=2&cursor=${cursor}`)
    const seen = [...(first?.invitations ?? []), ...second.invitations].map(({ id }) => id)
    expect(seen).not.toContain(newer.id)
    expect(new Set(seen).size).toBe(4)
    const all = (await pages(2)).flatMap(({ invitations }) => invitations.map(({ id }) => id))
    expect(all.filter((id) => own.includes(id))).toEqual(own)
    expect(new Set(all).size).toBe(all.length)
  })

  it.each([
    ['?limit=0', '/limit invalid_value'],
    ['?limit=101', '/limit invalid_value'],
    ['?cursor=x', '/cursor invalid_value'],
    ['?search=ada', '/search unknown_field'],
  ])('refuses %s', async (query, field) => {
    expect(await refusedFields(await t.get(`/admin/invitations${query}`, admin.token))).toEqual([
      field,
    ])
  })
})

describe('DELETE /admin/invitations/{id}', () => {
  it('takes one back, which works no longer, once, and the trail says so', async () => {
    const email = `${uniqueName()}@example.org`
    const { id, token } = await issued({ email })
    expect((await remove(id.toUpperCase())).status).toBe(204)
    expect(await isUnused(t, { id })).toBe(false)
    expect((await signup(email, token)).status).toBe(400)
    const { detail } = await expectProblem(await remove(id), 'not_found')
    expect(detail).toBe('There is no such invitation.')
    const { userId, sessionId } = refOf(admin)
    const [, ...revoked] = await trailOf(id)
    const event = 'invitation_revoked'
    expect(revoked).toEqual([
      `${event} success ${userId} ${sessionId} {"email": "${email[0]}***@example.org", "invitation": "${id}"}`,
    ])
  })

  it.each(['x', '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'])('%s is none', async (id) => {
    await expectProblem(await remove(id), 'not_found')
  })

  it('is not done for somebody who lost the permission a moment ago', async () => {
    const { id } = await issued()
    await expect(revoke(t.deps, await demoted(), id)).rejects.toMatchObject({
      code: 'permission_denied',
    })
    expect(await isUnused(t, { id })).toBe(true)
    expect(await trailOf(id)).toHaveLength(1)
  })
})
