import { afterAll, describe, expect, it } from 'vitest'
import type { LinkPurpose } from '../../src/core/one-time-tokens/purposes.ts'
import { HOSTED_PATHS } from '../../src/features/pages/kit/paths.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { invited, isUnused } from '../support/invitations.ts'
import { pendingToken } from '../support/mailed.ts'
import { LINK_PURPOSES } from '../support/mails.ts'
import { uniqueName } from '../support/names.ts'
import { type Document, exampleOf, type Route, resolved, routesOf } from '../support/openapi.ts'
import { filled } from '../support/path-params.ts'
import { createTestApp } from '../support/runtime.ts'
import { personWith } from '../support/sessions.ts'

/** What uses the tokens of a purpose up: a route with `token` in its body, and a page with a form. */
const WAYS: Record<LinkPurpose, { route: string; page: string }> = {
  verify_email: { route: 'POST /auth/email/verify', page: '/verify-email' },
  reset_password: { route: 'POST /auth/password/reset', page: '/reset-password' },
  confirm_email: { route: 'POST /auth/email/confirm', page: '/confirm-email' },
  undo_email_change: { route: 'POST /auth/email/undo', page: '/undo-email-change' },
}
const purposes = LINK_PURPOSES
const NEW_PASSWORD = 'another horse, another battery'
const ANY_ID = '0197a3c4-5d6e-7f80-9a1b-2c3d4e5f6071'

const t: TestApp = await createTestApp()
const document: Document = await (await t.get('/openapi.json')).json()
const routes = routesOf(document)
/** Over the same database, where an invitation is needed to sign up. */
const byInvitation = await t.beside({ env: { SIGNUP: 'invite' } })
afterAll(() => t.close())

const bodyOf = (route: Route) => route.requestBody?.content['application/json']?.schema
const takesToken = (route: Route) => {
  const { properties = {} } = resolved(document, bodyOf(route) ?? {}) as { properties?: object }
  return 'token' in properties
}
/** Forms of pages that are in no document; the mailbox's, that of providers and those of the hosted pages take no token. */
const forms = t.app.routes
  .filter(
    ({ method, path }) => method === 'POST' && !(path.replace(/:(\w+)/g, '{$1}') in document.paths),
  )
  .map(({ path }) => path)
// The forms of the pages for people are requests to the routes, all of which are tried.
const isHosted = (path: string) => HOSTED_PATHS.some((hosted) => hosted === path)
const pages = [...new Set(forms)].filter(
  (path) => !/^\/(dev\/mail|auth\/oauth)/.test(path) && !isHosted(path),
)

/** Somewhere a token can be put. */
type Way = { name: string; send: (token: string) => Promise<Response> }

const asBody = (route: Route): Way => ({
  name: `${route.name}, in the body`,
  send: (token) => call(route, { body: { ...example(route), token } }),
})
const asBearer = (route: Route): Way => ({
  name: `${route.name}, as bearer`,
  send: (token) => call(route, { body: example(route), token }),
})
const asForm = (path: string): Way => ({
  name: `the form of ${path}`,
  send: (token) =>
    t.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token, new_password: NEW_PASSWORD }).toString(),
    }),
})

const example = (route: Route) =>
  exampleOf(document, bodyOf(route) ?? {}) as Record<string, unknown> | undefined

function call(route: Route, { body, token }: { body?: object | undefined; token?: string }) {
  return t.request(filled(route.path, ANY_ID), {
    method: route.method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
}

/** What asks for a bearer token the routes that can do without one, but that which looks into its own code before. */
const ASKING: Record<string, object> = { 'POST /auth/oauth/{provider}/start': { intent: 'reauth' } }
const bearers = routes
  .filter(({ name, security = [] }) => security.length > 0 && name !== 'POST /auth/oauth/exchange')
  .map((route): Way => {
    const isOptional = route.security?.some((one) => Object.keys(one).length === 0)
    if (!isOptional) return asBearer(route)
    return {
      ...asBearer(route),
      send: (token) => call(route, { body: ASKING[route.name] ?? {}, token }),
    }
  })
const bodies = routes.filter(takesToken).map(asBody)
const everyForm = pages.map(asForm)

/** What an answer tells, but for what is different in each. */
async function told(answer: Response): Promise<{ status: number; text: string }> {
  const text = (await answer.text()).replace(/"request_id":"[^"]+"/, '')
  return { status: answer.status, text }
}

const isPending = async (id: string) =>
  (await t.column(`select id::text from edge_auth.one_time_tokens where id = '${id}'`)).length === 1

/** A token of somebody new, about an address that nobody has where it is to become the user's. */
async function pending(purpose: LinkPurpose) {
  const person = await t.signup()
  const isAboutOther = purpose === 'confirm_email' || purpose === 'undo_email_change'
  const about = isAboutOther ? `other-${person.email}` : person.email
  return pendingToken(t, person, purpose, about)
}

describe('the table', () => {
  it('has every route with a token in its body', () => {
    const known = purposes.map((purpose) => WAYS[purpose].route)
    expect(
      routes
        .filter(takesToken)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(known.sort())
  })

  it('has every page with a form', () => {
    expect(pages.sort()).toEqual(purposes.map((purpose) => WAYS[purpose].page).sort())
  })

  it('leaves out no route with a bearer token', () => {
    expect(bearers.length).toBeGreaterThan(8)
  })
})

/** What uses up an invitation, which has no page and no `token` of its own. */
const asInvitation: Way = {
  name: 'POST /auth/signup, as invitation',
  send(invitation) {
    const username = uniqueName()
    const person = { username, email: `${username}@example.org`, password: PASSWORD }
    return byInvitation.post('/auth/signup', { ...person, invitation })
  },
}

/** Refuses a token as it does what is none, and so tells nothing of it. */
async function expectRefused(way: Way, token: string, code: string): Promise<void> {
  const refusal = await told(await way.send(token))
  expect(refusal, way.name).toEqual(await told(await way.send('x.y')))
  expect(refusal.text, way.name).toContain(code)
}

describe.each(purposes)('a token for %s', (purpose) => {
  const { route, page } = WAYS[purpose]
  const own = [bodies, everyForm].flatMap((ways) =>
    ways.filter(({ name }) => name === `${route}, in the body` || name === `the form of ${page}`),
  )

  it.each(own)('works by $name, after it was refused everywhere else', async (way) => {
    const { id, token } = await pending(purpose)
    for (const other of bodies.filter((one) => !own.includes(one))) {
      await expectRefused(other, token, 'one_time_token_invalid')
    }
    for (const other of everyForm.filter((one) => !own.includes(one))) {
      await expectRefused(other, token, 'This link does not work any more')
    }
    for (const bearer of bearers) await expectRefused(bearer, token, 'token_invalid')
    await expectRefused(asInvitation, token, 'one_time_token_invalid')
    expect(await isPending(id)).toBe(true)

    expect((await way.send(token)).ok).toBe(true)
    expect(await isPending(id)).toBe(false)
    for (const again of own) {
      const code = again.name.startsWith('the form')
        ? 'This link does not work any more'
        : 'one_time_token_invalid'
      await expectRefused(again, token, code)
    }
  })
})

it('an invitation works at sign-up, after it was refused everywhere else', async () => {
  const { token, id } = await invited(t)
  for (const way of bodies) await expectRefused(way, token, 'one_time_token_invalid')
  for (const way of everyForm) await expectRefused(way, token, 'This link does not work any more')
  for (const bearer of bearers) await expectRefused(bearer, token, 'token_invalid')
  expect(await isUnused(t, { id })).toBe(true)

  expect((await asInvitation.send(token)).status).toBe(201)
  expect(await isUnused(t, { id })).toBe(false)
  await expectRefused(asInvitation, token, 'one_time_token_invalid')
})

it('an access or refresh token is no one-time token, and neither is spent by the attempt', async () => {
  const { sessions } = await personWith(t, 1)
  const { access_token, refresh_token } = sessions[0]
  for (const token of [access_token, refresh_token]) {
    for (const way of [...bodies, asInvitation]) {
      await expectRefused(way, token, 'one_time_token_invalid')
    }
    for (const way of everyForm) expect((await way.send(token)).status, way.name).toBe(400)
  }
  expect((await t.get('/auth/me', access_token)).status).toBe(200)
  expect((await t.refresh(refresh_token)).status).toBe(200)
})
