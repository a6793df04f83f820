import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUDIT_EVENTS } from '../../src/core/audit/events.ts'
import { uuidv7 } from '../../src/utils/uuid.ts'
import { adminOf, grantRole } from '../support/admin.ts'
import type { Person, TestApp } from '../support/app.ts'
import { auditRows, fillTrail } from '../support/audit.ts'
import { quoted } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { sidOf } from '../support/sessions.ts'

type Event = Record<string, unknown> & { id: string; event: string; at: string }
type List = { events: Event[]; next_cursor: string | null }

let t: TestApp
let admin: Awaited<ReturnType<typeof adminOf>>
/** Somebody with five events: an account, three sessions, and the end of one. */
let person: Person & { id: string }
let kept: string
beforeAll(async () => {
  t = await createTestApp()
  admin = await adminOf(t)
  person = await t.signup()
  const sessions = [await t.login(person), await t.login(person), await t.login(person)]
  const [first, second] = sessions
  if (!first || !second) throw new Error('no sessions')
  await t.post('/auth/logout', {}, first.access_token)
  kept = second.access_token
})
afterAll(() => t.close())

async function list(query: string, token = admin.token): Promise<List> {
  const answer = await t.get(`/admin/audit?${query}`, token)
  expect([answer.status, await answer.clone().text()]).toEqual([200, expect.any(String)])
  return answer.json()
}
const namesOf = ({ events }: List) => events.map(({ event }) => event)
const ALL = ['session_ended', 'session_opened', 'session_opened', 'session_opened', 'user_created']

describe('the audit trail', () => {
  it('shows what is recorded, the newest first', async () => {
    const { events, next_cursor } = await list(`subject_id=${person.id}`)
    expect(next_cursor).toBeNull()
    expect(events.map(({ event }) => event)).toEqual(ALL)
    expect(events[0]).toEqual({
      id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7/),
      at: expect.stringMatching(/Z$/),
      event: 'session_ended',
      outcome: 'success',
      actor_id: person.id,
      subject_id: person.id,
      session_id: expect.any(String),
      ip: '192.0.2.1',
      request_id: expect.any(String),
      details: {},
    })
    expect(events.at(-1)?.details).toEqual({
      email: person.email.replace(/^(.).*@/, '$1***@'),
    })
  })

  it('is filtered by event, outcome, who did it, whom it is about and when', async () => {
    await t.post('/auth/login', { username_or_email: person.username, password: 'not theirs' })
    const of = `subject_id=${person.id}`
    expect(namesOf(await list(`${of}&event=user_created`))).toEqual(['user_created'])
    expect(namesOf(await list(`${of}&outcome=failure`))).toEqual(['login_failed'])
    expect(namesOf(await list(`${of}&outcome=success`))).toEqual(ALL)
    expect(namesOf(await list(`${of}&outcome=failure&event=user_created`))).toEqual([])
    expect(namesOf(await list(`actor_id=${person.id}`))).toEqual(ALL)
    expect(namesOf(await list(`actor_id=${person.id.toUpperCase()}&event=session_ended`))).toEqual([
      'session_ended',
    ])
    expect(namesOf(await list(`${of}&actor_id=${admin.id}`))).toEqual([])
    const failures = await list('outcome=failure')
    expect(failures.events.some((one) => one.subject_id === person.id)).toBe(true)
    for (const { outcome } of failures.events) expect(outcome).toBe('failure')
    for (const { event } of (await list('event=user_created')).events) {
      expect(event).toBe('user_created')
    }
    const [newest] = (await list(of)).events
    const at = newest?.at ?? ''
    const next = new Date(Date.parse(at) + 1).toISOString()
    expect((await list(`${of}&after=${at}`)).events).toContainEqual(newest)
    expect((await list(`${of}&after=${next}`)).events).not.toContainEqual(newest)
    expect((await list(`${of}&before=${at}`)).events).not.toContainEqual(newest)
    expect((await list(`${of}&before=${next}&after=${at}`)).events).toContainEqual(newest)
  })

  it('has pages that neither repeat nor miss an event while others are added', async () => {
    // Others add to a database that they share. Of yesterday there is only what this adds.
    await fillTrail(t, crypto.randomUUID(), 9, 1)
    const before = `before=${new Date(Date.now() - 43_200_000).toISOString()}`
    for (const query of [before, `event=user_created&${before}`, `subject_id=${person.id}`]) {
      const whole = (await list(`${query}&limit=8`)).events.map(({ id }) => id)
      const seen: string[] = []
      let cursor = ''
      while (seen.length < whole.length) {
        const page = await list(`${query}&limit=3${cursor}`)
        seen.push(...page.events.map(({ id }) => id))
        await t.login(person)
        if (page.next_cursor === null) break
        cursor = `&cursor=${page.next_cursor}`
      }
      expect(seen.slice(0, whole.length)).toEqual(whole)
      expect(new Set(seen).size).toBe(seen.length)
    }
  })

  it('has shorter pages where filters pass over many events, and misses none', async () => {
    const subject = crypto.randomUUID()
    await fillTrail(t, subject, 1, 2, 'session_opened')
    await fillTrail(t, subject, 1000, 1)
    for (const filter of ['event=session_opened', `actor_id=${subject}`]) {
      const query = `subject_id=${subject}&${filter}`
      const first = await list(query)
      expect(first).toEqual({ events: [], next_cursor: expect.any(String) })
      const second = await list(`${query}&cursor=${first.next_cursor}`)
      expect([namesOf(second), second.next_cursor]).toEqual([['session_opened'], null])
      const answer = await t.get(`/admin/audit/export?${query}`, admin.token)
      expect((await answer.text()).match(/session_opened/g)).toHaveLength(1)
    }
  })

  it.each([
    ['event=nothing', '/event invalid_value'],
    ['outcome=maybe', '/outcome invalid_value'],
    ['actor_id=x', '/actor_id invalid_format'],
    ['subject_id=', '/subject_id invalid_format'],
    ['after=yesterday', '/after invalid_format'],
    ['before=2026-01-31', '/before invalid_format'],
    ['cursor=x', '/cursor invalid_value'],
    ['limit=0', '/limit invalid_value'],
    ['user=x', '/user unknown_field'],
    ['event=user_created&event=session_opened', '/event invalid_value'],
  ])('refuses %s', async (query, field) => {
    expect(await refusedFields(await t.get(`/admin/audit?${query}`, admin.token))).toEqual([field])
  })

  it('is shown to nobody without the permission, from the next request on', async () => {
    for (const path of ['/admin/audit', '/admin/audit/export']) {
      await expectProblem(await t.get(path), 'token_missing')
      await expectProblem(await t.get(path, kept), 'permission_denied')
      const former = await adminOf(t)
      expect((await t.get(path, former.token)).status).toBe(200)
      await t.column(
        `delete from edge_auth.user_roles where user_id = ${quoted(former.id)} returning role`,
      )
      await expectProblem(await t.get(path, former.token), 'permission_denied')
    }
  })
})

describe('an export', () => {
  const exported = async (query: string) => {
    const answer = await t.get(`/admin/audit/export?${query}`, admin.token)
    expect(answer.status).toBe(200)
    return answer
  }

  it('has one event a line', async () => {
    const answer = await exported(`subject_id=${person.id}`)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="audit.ndjson"',
      'cache-control': 'no-store',
    })
    const text = await answer.text()
    expect(text.endsWith('\n')).toBe(true)
    const lines = text.trimEnd().split('\n')
    const { events } = await list(`subject_id=${person.id}&limit=100`)
    expect(lines.map((line) => JSON.parse(line))).toEqual(events)
  })

  it('is CSV that no spreadsheet takes for formulas', async () => {
    const request_id = `-2:${crypto.randomUUID()}`
    await t.request('/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': request_id },
      body: JSON.stringify({ username_or_email: person.username, password: person.password }),
    })
    const answer = await exported(`subject_id=${person.id}&format=csv`)
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const lines = (await answer.text()).split('\r\n')
    expect(lines[0]).toBe(
      'id,at,event,outcome,actor_id,subject_id,session_id,ip,request_id,details',
    )
    expect(lines[1]).toContain(`,'${request_id},`)
    expect(lines.at(-1)).toBe('')
    expect(lines.at(-2)).toMatch(
      /,user_created,success,.*,"\{""email"": ""p\*\*\*@example\.org""\}"$/,
    )
    for (const cell of lines.join().split(',')) expect(cell).not.toMatch(/^"?[=+\-@\t\r]/)
  })

  it('reads page by page, by one statement each', async () => {
    const copies = 2_300
    const subject = crypto.randomUUID()
    await fillTrail(t, subject, copies)
    const query = `subject_id=${subject}`
    const ids: string[] = []
    const trips = await t.roundTrips(async () => {
      const lines = (await (await exported(query)).text()).trimEnd().split('\n')
      ids.push(...lines.map((line) => JSON.parse(line).id))
    })
    expect(ids).toHaveLength(copies)
    expect(new Set(ids).size).toBe(copies)
    // Who asks, and three pages.
    expect(trips).toBe(4)
  })

  it('stops where the client leaves, and where the permission is gone', async () => {
    const subject = crypto.randomUUID()
    await fillTrail(t, subject, 5_000)
    const path = `/admin/audit/export?subject_id=${subject}`
    const former = await adminOf(t)
    const trips = await t.roundTrips(async () => {
      const reader = (await t.get(path, former.token)).body?.getReader()
      await reader?.read()
      await reader?.cancel()
    })
    // Also of a page that was on its way, which nobody takes any more. This is answered after it.
    await list(`subject_id=${subject}`)
    expect(t.log.filter(({ event }) => event === 'file_cut_off')).toEqual([])
    // Who asks, the page that was read, and one ahead at most.
    expect(trips).toBeLessThanOrEqual(3)

    const left = await t.get(path, former.token)
    await t.column(
      `delete from edge_auth.user_roles where user_id = ${quoted(former.id)} returning role`,
    )
    await expect(left.text()).rejects.toThrow()
    expect(t.log.at(-1)).toMatchObject({
      event: 'file_cut_off',
      file: 'audit.ndjson',
      code: 'permission_denied',
      request_id: left.headers.get('x-request-id'),
    })
  })

  it.each([
    ['format=xml', '/format invalid_value'],
    ['limit=5', '/limit unknown_field'],
    ['cursor=x', '/cursor unknown_field'],
  ])('refuses %s', async (query, field) => {
    const answer = await t.get(`/admin/audit/export?${query}`, admin.token)
    expect(await refusedFields(answer)).toEqual([field])
  })
})

describe('what a user is told', () => {
  const activity = async (token: string, query = ''): Promise<List> => {
    const answer = await t.get(`/auth/activity?${query}`, token)
    expect(answer.status).toBe(200)
    return answer.json()
  }

  it('is what happened to the account, and to no other', async () => {
    const own = await t.signup()
    const session = await t.login(own)
    const answer = await activity(session.access_token)
    expect(answer.events.map(({ event }) => event)).toEqual(['session_opened', 'user_created'])
    expect(answer.events[0]).toEqual({
      id: expect.any(String),
      event: 'session_opened',
      outcome: 'success',
      at: expect.stringMatching(/Z$/),
      ip: '192.0.2.1',
      session_id: sidOf(session),
      by_admin: false,
    })
    expect(answer.next_cursor).toBeNull()
    const first = await activity(session.access_token, 'limit=1')
    expect(first.events).toEqual(answer.events.slice(0, 1))
    const second = await activity(session.access_token, `limit=1&cursor=${first.next_cursor}`)
    expect(second).toEqual({ events: answer.events.slice(1), next_cursor: null })
  })

  it('names no admin, and neither address nor session of one', async () => {
    const own = await t.signup()
    const session = await t.login(own)
    const acting = crypto.randomUUID()
    await t.column(`insert into edge_auth.audit_events
      (id, at, event, outcome, actor_id, subject_id, session_id, ip, request_id, details)
      values (${quoted(uuidv7(Date.now()))}, now(), 'role_granted', 'success', ${quoted(admin.id)},
        ${quoted(own.id)}, ${quoted(acting)}, '198.51.100.77', 'the-admins', '{"role":"secret-role"}') returning id`)
    const answer = await activity(session.access_token)
    expect(answer.events.find(({ event }) => event === 'role_granted')).toMatchObject({
      ip: null,
      session_id: null,
      by_admin: true,
    })
    const text = JSON.stringify(answer)
    for (const secret of [admin.id, acting, '198.51.100.77', 'the-admins', 'secret-role']) {
      expect(text).not.toContain(secret)
    }
    await t
      .column(
        `delete from edge_auth.audit_events where session_id = ${quoted(acting)} returning id`,
      )
      .catch(() => [])
  })

  it('is nothing where the trail has nothing, and refused where the session has ended', async () => {
    const own = await t.signup()
    const { access_token } = await t.login(own)
    const oldest = (await activity(access_token, 'limit=100')).events.at(-1)
    const { next_cursor: none } = await activity(access_token, 'limit=1')
    expect(none).not.toBeNull()
    expect(oldest?.event).toBe('user_created')
    expect(await refusedFields(await t.get('/auth/activity?event=x', access_token))).toEqual([
      '/event unknown_field',
    ])
    expect(await t.roundTrips(() => activity(access_token))).toBe(1)
    await t.post('/auth/logout', {}, access_token)
    await expectProblem(await t.get('/auth/activity', access_token), 'token_invalid')
  })
})

it('an admin by another role reads it, too', async () => {
  const reader = await t.signup()
  const role = `r${crypto.randomUUID().slice(0, 8)}`
  await t.column(
    `insert into edge_auth.roles (name, permissions) values (${quoted(role)}, '{auth:audit:read}') returning name`,
  )
  await grantRole(t, reader.id, role)
  const { access_token } = await t.login(reader)
  expect((await list('limit=1', access_token)).events).toHaveLength(1)
})

it('every event has an outcome, and what is stored is in the list', async () => {
  for (const { event, outcome } of await auditRows(t, 'true')) {
    expect(Object.keys(AUDIT_EVENTS)).toContain(event)
    expect(['success', 'failure']).toContain(outcome)
  }
})
