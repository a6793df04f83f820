import type { TestApp } from './app.ts'
import { quoted } from './names.ts'

type Linked = { provider?: string; email?: string | null; createdAt?: string }

/** Links an account at a provider to somebody behind the API's back, and gives its id. */
export async function linkedIdentity(
  t: TestApp,
  { id: userId }: { id: string },
  { provider = 'google', email = 'ada@example.org', createdAt = 'now()' }: Linked = {},
): Promise<string> {
  const id = crypto.randomUUID()
  const values = [`https://${provider}.example`, crypto.randomUUID(), id, userId, provider]
  await t.column(`insert into edge_auth.identities
    (issuer, subject, id, user_id, provider, email, email_verified, created_at)
    values (${values.map(quoted).join(', ')}, ${email === null ? 'null' : quoted(email)}, true, ${createdAt})
    returning id::text`)
  return id
}

/** The identities of somebody that are left, by id. */
export async function identitiesLeft(t: TestApp, { id }: { id: string }): Promise<string[]> {
  const found = await t.column(
    `select id::text from edge_auth.identities where user_id = ${quoted(id)} order by created_at, id`,
  )
  return found.map(String)
}

/** Takes the password away, as of somebody who has always logged in by something else. */
export async function withoutPassword(t: TestApp, { id }: { id: string }): Promise<void> {
  await t.column(
    `delete from edge_auth.credentials where user_id = ${quoted(id)} returning user_id::text`,
  )
}

/** Somebody new who logs in by providers alone, with the ids of those identities and a session. */
export async function federatedPerson(t: TestApp, ...linked: Linked[]) {
  const person = await t.signup()
  const tokens = await t.login(person)
  await withoutPassword(t, person)
  const identities: string[] = []
  for (const one of linked) identities.push(await linkedIdentity(t, person, one))
  return { ...person, tokens, token: tokens.access_token, identities }
}
