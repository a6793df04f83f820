import { afterAll, describe, expect, it } from 'vitest'
import { grantRole } from '../support/admin.ts'
import type { TestApp } from '../support/app.ts'
import { type Document, exampleOf, routesOf } from '../support/openapi.ts'
import { filled, madeFor } from '../support/path-params.ts'
import { expectProblem } from '../support/problems.ts'
import { createTestApp } from '../support/runtime.ts'
import { expectAlive, expectDead, setSession, setUser } from '../support/sessions.ts'

const t: TestApp = await createTestApp()
const document: Document = await (await t.get('/openapi.json')).json()
const withToken = routesOf(document).filter(
  ({ security = [] }) =>
    security.some((one) => 'access_token' in one) &&
    security.every((one) => Object.keys(one).length > 0),
)
afterAll(() => t.close())

/** An admin with second factors, whose session is of one: the product opens none, so it is written into the database. */
async function weaker() {
  const person = await t.signup()
  await grantRole(t, person.id, 'admin')
  const [tokens, stronger] = [await t.login(person), await t.login(person)]
  await setUser(t, person, 'factor_count = 1')
  await setSession(t, stronger, 'aal = 2, second_factor_at = now()')
  return { person, tokens, stronger }
}

it('a session of one factor is dead from the moment on at which its user has a second', async () => {
  const { person, tokens, stronger } = await weaker()
  await expectDead(t, tokens)
  await expectAlive(t, stronger)
  const listed = await (await t.get('/auth/sessions', stronger.access_token)).json()
  expect(listed.sessions).toHaveLength(1)

  // It is the user's factor that counts, and nothing that the session keeps.
  await setUser(t, person, 'factor_count = 0')
  await expectAlive(t, tokens)
  await setUser(t, person, 'factor_count = 1')
  await expectDead(t, tokens)
})

/** What belongs to somebody else, or to nobody: it is not looked at. */
const valuesFor = (path: string) =>
  path.startsWith('/admin') ? madeFor(t, path) : Promise.resolve(crypto.randomUUID())

describe.each(withToken)('$name', (route) => {
  it('does nothing for it', async () => {
    const { tokens } = await weaker()
    const schema = route.requestBody?.content['application/json']?.schema
    const answer = await t.request(filled(route.path, await valuesFor(route.path)), {
      method: route.method,
      headers: {
        authorization: `Bearer ${tokens.access_token}`,
        ...(schema && { 'content-type': 'application/json' }),
      },
      ...(schema && { body: JSON.stringify(exampleOf(document, schema)) }),
    })
    // To log out from what is no session is no fault.
    if (route.name === 'POST /auth/logout') expect(answer.status).toBe(204)
    else await expectProblem(answer, 'token_invalid')
  })
})
