import { grantRole } from './admin.ts'
import type { TestApp } from './app.ts'
import { quoted, uniqueName } from './names.ts'

let named: string[] = []

/** The name of a role that there is not yet in the run. */
export function roleName(): string {
  const name = uniqueName('r')
  named.push(name)
  return name
}

/** Deletes all roles that a file has named, for there are at most 100, and files may share a database. */
export async function dropRoles(t: TestApp): Promise<void> {
  const names = ['', ...named].map(quoted).join(', ')
  named = []
  await t.column(`delete from edge_auth.roles where name in (${names}) returning name`)
}

/** Makes a role behind the API's back, which nobody in the run has yet. */
export async function roleWith(t: TestApp, permissions: readonly string[]): Promise<string> {
  const name = roleName()
  await t.column(`insert into edge_auth.roles (name, permissions)
    values (${quoted(name)}, ${quoted(`{${permissions.join(',')}}`)}) returning name`)
  return name
}

export type Permitted = Awaited<ReturnType<typeof permitted>>

/** Somebody new who has these permissions by a role, and is logged in. */
export async function permitted(t: TestApp, ...permissions: string[]) {
  const person = await t.signup()
  const role = await roleWith(t, permissions)
  await grantRole(t, person.id, role)
  const { access_token: token, refresh_token } = await t.login(person)
  return { ...person, role, token, refresh_token }
}

/** Sends a request with a token, and JSON where there is any. */
export function send(
  t: TestApp,
  method: string,
  path: string,
  { token }: { token?: string },
  body?: unknown,
): Promise<Response> {
  return t.request(path, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

/** What the audit trail has of a user, the oldest first. */
export async function eventsOf(t: TestApp, subjectId: string): Promise<string[]> {
  const found = await t.column(
    `select event from edge_auth.audit_events where subject_id = ${quoted(subjectId)} order by id`,
  )
  return found.map(String)
}

/** The roles that a user was granted, as the database has them. */
export async function rolesOf(t: TestApp, userId: string): Promise<string[]> {
  const found = await t.column(
    `select role from edge_auth.user_roles where user_id = ${quoted(userId)} order by role`,
  )
  return found.map(String)
}
