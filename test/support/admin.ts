import type { Person, TestApp } from './app.ts'
import { quoted } from './names.ts'

/** Grants a role behind the API's back, as an operator does. */
export async function grantRole(t: TestApp, userId: string, role: string): Promise<void> {
  await t.column(`insert into edge_auth.user_roles (user_id, role)
    values (${quoted(userId)}, ${quoted(role)}) on conflict do nothing returning role`)
}

export type Admin = Person & { id: string; token: string }

/** An admin nobody else in the run is, logged in. */
export async function adminOf(t: TestApp): Promise<Admin> {
  const person = await t.signup()
  await grantRole(t, person.id, 'admin')
  const { access_token: token } = await t.login(person)
  return { ...person, token }
}
