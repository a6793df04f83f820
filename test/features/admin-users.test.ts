import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dropRoles, permitted, rolesOf, roleWith, send } from '../support/acting.ts'
import { adminOf } from '../support/admin.ts'
import { PASSWORD, type TestApp, USER_FIELDS } from '../support/app.ts'
import { tokenTo } from '../support/links.ts'
import { quoted, uniqueName } from '../support/names.ts'
import { expectProblem, refusedFields } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'

const NOBODY = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'
const ADMIN_FIELDS = ['updated_at', 'disabled_at', 'last_login_at', 'email_verified_at', 'mfa']

let t: TestApp
let admin: Awaited<ReturnType<typeof adminOf>>
beforeAll(async () => {
  t = await createTestApp()
  admin = await adminOf(t)
})
afterAll(async () => {
  await dropRoles(t)
  await t.close()
})

function somebodyNew() {
  const username = uniqueName('new')
  return { username, email: `${username}@example.org` }
}

const create = (by: { token?: string }, body: unknown) => send(t, 'POST', '/admin/users', by, body)

async function count(email: string): Promise<unknown> {
  const [found] = await t.column(
    `select count(*)::int from edge_auth.users where email_key = ${quoted(email.toLowerCase())}`,
  )
  return found
}

describe('a user whom an admin creates', () => {
  it('is there with profile and roles, and has no password', async () => {
    const role = await roleWith(t, ['posts:write'])
    const wanted = { ...somebodyNew(), display_name: 'Ada', locale: 'de-at', roles: [role, role] }
    const answer = await create(admin, wanted)
    expect(answer.status).toBe(201)
    const user = await answer.json()
    expect(Object.keys(user)).toEqual([...USER_FIELDS, ...ADMIN_FIELDS])
    expect(user).toMatchObject({
      username: wanted.username,
      email: wanted.email,
      ...{ email_verified: false, display_name: 'Ada', locale: 'de-AT', avatar_url: null },
      ...{ last_login_at: null, disabled_at: null },
      roles: [role, 'user'].sort(),
      permissions: ['posts:write'],
    })
    expect([user.user_data, user.app_data]).toEqual([{}, {}])
    expect(answer.headers.get('location')).toBe(`/admin/users/${user.id}`)
    const shown = await t.get(answer.headers.get('location') ?? '', admin.token)
    expect(await shown.json()).toEqual(user)
    expect(shown.headers.get('etag')).toBe(answer.headers.get('etag'))
    expect(
      await t.column(
        `select password_hash from edge_auth.credentials where user_id = ${quoted(user.id)}`,
      ),
    ).toEqual([])
    const tried = { username_or_email: wanted.username, password: PASSWORD }
    await expectProblem(await t.post('/auth/login', tried), 'invalid_credentials')
  })

  it('chooses a password by a mail in their language, and so verifies the email', async () => {
    const wanted = { ...somebodyNew(), locale: 'de' }
    await create(admin, wanted)
    const [mail, ...others] = await t.mailsTo(wanted.email)
    expect(others).toEqual([])
    expect(mail?.subject).toMatch(/: Ihr Konto$/)
    expect(mail?.text).toContain(wanted.username)
    const token = await tokenTo(t, wanted.email, '/reset-password')
    const chosen = { token, new_password: PASSWORD }
    expect((await t.post('/auth/password/reset', chosen)).status).toBe(204)
    const { access_token } = await t.login({ ...wanted, password: PASSWORD })
    expect(await (await t.get('/auth/me', access_token)).json()).toMatchObject({
      username: wanted.username,
      email_verified: true,
    })
    await expectProblem(await t.post('/auth/password/reset', chosen), 'one_time_token_invalid')
  })

  it('is recorded with the admin who did it, and nothing else', async () => {
    const wanted = somebodyNew()
    const { id } = await (await create(admin, wanted)).json()
    const rows = await t.column(
      `select jsonb_build_object('event', event, 'by', actor_id, 'details', details)::text
       from edge_auth.audit_events where subject_id = ${quoted(id)} order by id`,
    )
    expect(rows.map((row) => JSON.parse(String(row)))).toEqual([
      { event: 'user_created', by: admin.id, details: { email: 'n***@example.org' } },
    ])
  })

  it('has identifiers of their own, or is not made', async () => {
    const other = await t.signup()
    const fresh = somebodyNew()
    for (const [username, email, fields] of [
      [other.username.toUpperCase(), fresh.email, ['/username']],
      [fresh.username, other.email.toUpperCase(), ['/email']],
      [other.username, other.email, ['/username', '/email']],
    ] as const) {
      const { errors = [] } = await expectProblem(
        await create(admin, { username, email }),
        'already_taken',
      )
      expect(errors.map(({ pointer }) => pointer)).toEqual(fields)
    }
    expect(await count(fresh.email)).toBe(0)
    expect(await t.mailsTo(fresh.email)).toEqual([])
  })

  it('is made once by those who do it at once', async () => {
    const wanted = somebodyNew()
    const answers = await Promise.all(Array.from({ length: 4 }, () => create(admin, wanted)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
    expect(await t.mailsTo(wanted.email)).toHaveLength(1)
  })

  it('has only fields that an admin may choose', async () => {
    const others = {
      password: PASSWORD,
      app_data: {},
      permissions: [],
      email_verified: true,
      id: NOBODY,
    }
    const wanted = somebodyNew()
    expect(await refusedFields(await create(admin, { ...wanted, ...others }))).toEqual(
      Object.keys(others)
        .map((field) => `/${field} unknown_field`)
        .sort(),
    )
    expect(await refusedFields(await create(admin, {}))).toEqual([
      '/email required',
      '/username required',
    ])
    expect(await count(wanted.email)).toBe(0)
  })

  it('has each role granted by an event of its own, as later ones are', async () => {
    const role = await roleWith(t, [])
    const { id } = await (await create(admin, { ...somebodyNew(), roles: [role] })).json()
    const rows = await t.column(
      `select jsonb_build_object('by', actor_id, 'details', details)::text
       from edge_auth.audit_events where subject_id = ${quoted(id)} and event = 'role_granted'`,
    )
    expect(rows.map((row) => JSON.parse(String(row)))).toEqual([
      { by: admin.id, details: { role } },
    ])
  })

  it('has only roles that there are, and not the one that everybody has', async () => {
    const wanted = somebodyNew()
    for (const roles of [
      ['nosuchrole'],
      ['admin', 'nosuchrole'],
      ['user'],
      ['a,b'],
      ['Admin'],
      'admin',
    ]) {
      const [field] = await refusedFields(await create(admin, { ...wanted, roles }))
      expect(field).toMatch(/^\/roles(\/0)? invalid/)
    }
    const many = Array.from({ length: 21 }, (_, at) => `role${at}`)
    expect(await refusedFields(await create(admin, { ...wanted, roles: many }))).toEqual([
      '/roles too_long',
    ])
    expect(await count(wanted.email)).toBe(0)
  })

  it('is of a domain that is accepted', async () => {
    const strict = await t.beside({ env: { SIGNUP_ALLOWED_DOMAINS: 'example.com' } })
    const wanted = somebodyNew()
    const answer = await send(strict, 'POST', '/admin/users', admin, wanted)
    expect(await refusedFields(answer)).toEqual(['/email domain_not_allowed'])
    expect(await count(wanted.email)).toBe(0)
  })

  it('is not made where no mail can be sent', async () => {
    const mute = await t.beside({ env: { MAIL_PROVIDER: 'none' } })
    const wanted = somebodyNew()
    const answer = await send(mute, 'POST', '/admin/users', admin, wanted)
    await expectProblem(answer, 'mail_not_configured')
    expect(await count(wanted.email)).toBe(0)
  })
})

describe('whoever may create users', () => {
  it('gives them no role without the permission to grant', async () => {
    const creator = await permitted(t, 'auth:users:create')
    const role = await roleWith(t, ['posts:write'])
    const wanted = somebodyNew()
    await expectProblem(await create(creator, { ...wanted, roles: [role] }), 'permission_denied')
    expect(await count(wanted.email)).toBe(0)
    expect((await create(creator, wanted)).status).toBe(201)
  })

  it('gives them no permission of the service that they have not', async () => {
    const creator = await permitted(t, 'auth:users:create', 'auth:roles:grant')
    const wanted = somebodyNew()
    for (const roles of [['admin'], [creator.role, 'admin']]) {
      await expectProblem(await create(creator, { ...wanted, roles }), 'permission_denied')
    }
    expect(await count(wanted.email)).toBe(0)
    const made = await create(creator, { ...wanted, roles: [creator.role] })
    expect(made.status).toBe(201)
    expect(await rolesOf(t, (await made.json()).id)).toEqual([creator.role])
  })

  it('sees and changes none', async () => {
    const creator = await permitted(t, 'auth:users:create')
    const path = `/admin/users/${admin.id}`
    await expectProblem(await t.get('/admin/users', creator.token), 'permission_denied')
    await expectProblem(await t.get(path, creator.token), 'permission_denied')
    const changed = await send(t, 'PATCH', path, creator, { display_name: 'x' })
    await expectProblem(changed, 'permission_denied')
  })
})

describe('a user', () => {
  it('is shown whole to whoever may see users, and without a secret', async () => {
    const person = await t.signup()
    const reader = await permitted(t, 'auth:users:read')
    const answer = await t.get(`/admin/users/${person.id.toUpperCase()}`, reader.token)
    const user = await answer.json()
    expect(Object.keys(user)).toEqual([...USER_FIELDS, ...ADMIN_FIELDS])
    expect(user).toMatchObject({ id: person.id, username: person.username, email: person.email })
    expect(answer.headers.get('etag')).toBe('"0"')
    expect(JSON.stringify(user)).not.toMatch(/argon2|hash|epoch|key/)
  })

  it.each([NOBODY, 'x', '%00', "1'--", `${NOBODY}x`, '..%2fusers'])('%s is nobody', async (id) => {
    await expectProblem(await t.get(`/admin/users/${id}`, admin.token), 'not_found')
    const changed = await send(t, 'PATCH', `/admin/users/${id}`, admin, { locale: 'de' })
    await expectProblem(changed, 'not_found')
  })
})

describe('a change by an admin', () => {
  const change = (by: { token?: string }, id: string, body: unknown) =>
    send(t, 'PATCH', `/admin/users/${id}`, by, body)

  it('changes what it names, which the user then reads', async () => {
    const person = await t.signup()
    const { access_token } = await t.login(person)
    const renamed = uniqueName()
    const wanted = {
      username: renamed,
      display_name: 'Ada',
      app_data: { plan: 'pro', n: [1, null] },
    }
    const answer = await change(admin, person.id, wanted)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject(wanted)
    const own = await t.get('/auth/me', access_token)
    const shown = await own.json()
    expect(shown).toMatchObject(wanted)
    expect(shown.user_data).toEqual({})
    expect(own.headers.get('etag')).toBe(answer.headers.get('etag'))
    const emptied = await (await change(admin, person.id, { app_data: null })).json()
    expect(emptied.display_name).toBe('Ada')
    expect(emptied.app_data).toEqual({})
  })

  it('leaves email and what the user keeps to the user', async () => {
    const person = await t.signup()
    const others = { email: 'x@example.org', user_data: {}, roles: ['admin'], password: PASSWORD }
    expect(await refusedFields(await change(admin, person.id, others))).toEqual(
      Object.keys(others)
        .map((field) => `/${field} unknown_field`)
        .sort(),
    )
    expect(await refusedFields(await change(admin, person.id, {}))).toEqual([' required'])
  })

  it('is made to the version that the admin saw', async () => {
    const person = await t.signup()
    const path = `/admin/users/${person.id}`
    const tag = (await t.get(path, admin.token)).headers.get('etag') ?? ''
    const by = (display_name: string) =>
      t.request(path, {
        method: 'PATCH',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${admin.token}`,
          'if-match': tag,
        },
        body: JSON.stringify({ display_name }),
      })
    const answers = await Promise.all(['a', 'b', 'c'].map(by))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412])
    await expectProblem(await by('d'), 'precondition_failed')
    expect((await (await t.get(path, admin.token)).json()).display_name).toMatch(/^[abc]$/)
  })

  it('is not made to somebody with permissions that the actor has not', async () => {
    const editor = await permitted(t, 'auth:users:update')
    await expectProblem(await change(editor, admin.id, { display_name: 'x' }), 'permission_denied')
    expect((await change(editor, editor.id, { display_name: 'x' })).status).toBe(200)
    const shown = await t.get(`/admin/users/${admin.id}`, admin.token)
    expect(await shown.json()).toMatchObject({ display_name: null })
  })

  it('to a name that is taken is refused', async () => {
    const [one, other] = [await t.signup(), await t.signup()]
    await expectProblem(
      await change(admin, one.id, { username: other.username.toUpperCase() }),
      'already_taken',
    )
  })

  it('is recorded with who did it', async () => {
    const person = await t.signup()
    await change(admin, person.id, { app_data: { secret: 'A secret of the app' } })
    const rows = await t.column(
      `select jsonb_build_object('by', actor_id, 'details', details)::text from edge_auth.audit_events
       where subject_id = ${quoted(person.id)} and event = 'profile_changed'`,
    )
    expect(rows.map((row) => JSON.parse(String(row)))).toEqual([
      { by: admin.id, details: { fields: 'app_data' } },
    ])
  })
})
