import { roleWith } from './acting.ts'
import { PASSWORD, type TestApp } from './app.ts'
import { linkedIdentity } from './identities.ts'
import { invited } from './invitations.ts'
import { uniqueName } from './names.ts'
import { type Document, exampleOf, type Route } from './openapi.ts'
import { sidOf } from './sessions.ts'

/** What was made for the parameters of a path so far. */
type Made = { id: string; username: string }
type Maker = (t: TestApp, made: Made) => Promise<string>

/** Makes what a parameter of a path names, by the path up to it. Whatever is done to it is done to nobody else. */
const MAKERS: Record<string, Maker> = {
  async '/admin/users/{id}'(t, made) {
    const { id, username } = await t.signup()
    Object.assign(made, { id, username })
    return id
  },
  async '/admin/users/{id}/sessions/{session_id}'(t, { username }) {
    return sidOf(await t.login({ username, email: '', password: PASSWORD }))
  },
  '/admin/users/{id}/identities/{identity_id}': (t, made) => linkedIdentity(t, made),
  '/admin/users/{id}/roles/{role}': (t) => roleWith(t, ['posts:write']),
  '/admin/roles/{name}': (t) => roleWith(t, ['posts:write']),
  '/admin/invitations/{id}': async (t) => (await invited(t)).id,
}

/** Makes what the path of a route is about, and gives it by the names of the parameters. Throws for one that it does not know. */
export async function madeFor(t: TestApp, path: string): Promise<Record<string, string>> {
  const made = { id: '', username: '' }
  const values: Record<string, string> = {}
  for (const { 0: braced, 1: name = '', index } of path.matchAll(/\{(\w+)\}/g)) {
    const maker = MAKERS[path.slice(0, index + braced.length)]
    if (!maker)
      throw new Error(`${path} needs a maker of its {${name}} (test/support/path-params.ts)`)
    values[name] = await maker(t, made)
  }
  return values
}

/** A path with its parameters filled in, all by one text or each by its own. */
export function filled(path: string, values: string | Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = typeof values === 'string' ? values : values[name]
    if (value === undefined) throw new Error(`${path} lacks its {${name}}`)
    return value
  })
}

/** The example of a route's body, about nobody and nothing that is there already; undefined where it has none. */
export function freshBody(document: Document, { requestBody }: Route): string | undefined {
  const schema = requestBody?.content['application/json']?.schema
  if (!schema) return undefined
  const name = uniqueName('f')
  const fresh: Record<string, string> = { username: name, email: `${name}@example.org`, name }
  const example = Object.entries(exampleOf(document, schema) as object)
  return JSON.stringify(
    Object.fromEntries(example.map(([key, value]) => [key, fresh[key] ?? value])),
  )
}
