import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../support/acting.ts'
import { adminOf } from '../support/admin.ts'
import {
  createPostgresTestApp,
  type PostgresTestApp,
  WAYS,
  waitingFor,
} from '../support/app-postgres.ts'
import { uniqueName } from '../support/names.ts'
import { personWith } from '../support/sessions.ts'

const ROUNDS = 10
const AT_ONCE = 8

describe.each(WAYS)('changes of a profile at once, by %s', (way) => {
  let t: PostgresTestApp
  beforeAll(async () => {
    t = await createPostgresTestApp({ way })
  })
  afterAll(() => t.close())

  const patch = (path: string, token: string, change: unknown, ifMatch?: string) =>
    t.request(path, {
      method: 'PATCH',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      },
      body: JSON.stringify(change),
    })

  const sorted = (answers: Response[]) => answers.map(({ status }) => status).sort()
  const oneOf = (won: number, lost: number) => [won, ...Array(AT_ONCE - 1).fill(lost)]

  it('of one version: one is made, by whomever', async () => {
    const { person, sessions } = await personWith(t, 1)
    const admin = await adminOf(t)
    const own = sessions[0].access_token
    for (let round = 0; round < ROUNDS; round++) {
      const tag = (await t.get('/auth/me', own)).headers.get('etag') ?? ''
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, at) => {
          const change = { display_name: `round ${round} by ${at}` }
          return at % 2
            ? patch('/auth/me', own, change, tag)
            : patch(`/admin/users/${person.id}`, admin.token, change, tag)
        }),
      )
      expect(sorted(answers)).toEqual(oneOf(200, 412))
      const winner = answers.find(({ status }) => status === 200)
      const after = await t.get('/auth/me', own)
      expect(after.headers.get('etag')).toBe(`"${Number(tag.slice(1, -1)) + 1}"`)
      const { display_name } = (await winner?.json()) ?? {}
      expect(await after.json()).toMatchObject({ display_name })
    }
  })

  it('of whatever version: all are made, and none undoes another field', async () => {
    const { sessions } = await personWith(t, 1)
    const token = sessions[0].access_token
    const changes = [
      { display_name: 'Ada' },
      { locale: 'de' },
      { avatar_url: 'https://example.org/a.png' },
      { user_data: { theme: 'dark' } },
    ]
    const answers = await Promise.all(changes.map((change) => patch('/auth/me', token, change)))
    expect(sorted(answers)).toEqual([200, 200, 200, 200])
    const after = await t.get('/auth/me', token)
    expect(after.headers.get('etag')).toBe('"4"')
    expect(await after.json()).toMatchObject(Object.assign({}, ...changes))
  })

  it('to one username: one has it', async () => {
    const people = await Promise.all(Array.from({ length: AT_ONCE }, () => personWith(t, 1)))
    for (let round = 0; round < ROUNDS; round++) {
      const wanted = uniqueName()
      const answers = await Promise.all(
        people.map(({ sessions }, at) =>
          patch('/auth/me', sessions[0].access_token, {
            username: at % 2 ? wanted : wanted.toUpperCase(),
          }),
        ),
      )
      expect(sorted(answers)).toEqual(oneOf(200, 409))
      const [{ count }] = await t.sql<[{ count: number }]>`
        select count(*)::int from users where username_key = ${wanted}`
      expect(count).toBe(1)
    }
  })

  it('and creations under one name: one has it, with one mail', async () => {
    const admin = await adminOf(t)
    for (let round = 0; round < ROUNDS; round++) {
      const username = uniqueName()
      const email = `${username}@example.org`
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, () =>
          send(t, 'POST', '/admin/users', admin, { username, email }),
        ),
      )
      expect(sorted(answers)).toEqual(oneOf(201, 409))
      const [found] = await t.sql<[{ users: number; mails: number; tokens: number }]>`
        select (select count(*)::int from users where email_key = ${email}) as users,
          (select count(*)::int from outbox where recipient = ${email}) as mails,
          (select count(*)::int from one_time_tokens where email_key = ${email}) as tokens`
      expect(found).toEqual({ users: 1, mails: 1, tokens: 1 })
    }
  })
})

it('a user who changes the profile all the time keeps nobody from disabling the account', async () => {
  const t = await createPostgresTestApp()
  const admin = await adminOf(t)
  const disableBeside = async (change: string) => {
    const { id } = await t.signup()
    const disable = () => send(t, 'POST', `/admin/users/${id}/disable`, admin)
    return t.roundTrips(async () => {
      const { waiting } = await t.sql.begin(async (sql) => {
        await sql.unsafe(`update users set ${change} where id = '${id}'`)
        const waiting = disable()
        await expect.poll(() => waitingFor(t)).toBe(1)
        return { waiting }
      })
      expect((await waiting).status).toBe(200)
    })
  }
  const once = await disableBeside('version = version + 1')
  // What it decides by has changed meanwhile, so it attempts it once more.
  expect(await disableBeside('access_version = access_version + 1')).toBe(once + 1)
  await t.close()
})
